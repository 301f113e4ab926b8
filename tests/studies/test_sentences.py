"""Contrasts and answers in words."""

import pytest

from equilingual.studies.sentences import answer_of, sentence_of

ROW = {
    "name": "hybrid against cross", "setting": "multilingual", "measure": "map", "benchmark": "xquad-r", "languages": None,
    "minus": None, "candidates": None, "unit": "question", "estimate": 0.0123, "low": 0.0081, "high": 0.0164, "p_corrected": 0.0123, "margin": None,
    "p_equivalent_corrected": None, "outcome": "above", "seeds": 5, "units": 240,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "hybrid against cross: +0.012 [0.008, 0.016] in multilingual mAP on xquad-r, p = 0.012 corrected, 5 seeds."),
        (
            {"languages": "trained", "minus": "low", "unit": "language", "units": 9, "seeds": 1},
            "hybrid against cross: +0.012 [0.008, 0.016] in multilingual mAP on xquad-r (query languages: trained, "
            "minus low), p = 0.012 corrected, 1 seed, 9 languages.",
        ),
        (
            {"setting": "cross-lingual", "languages": "low", "candidates": "english"},
            "hybrid against cross: +0.012 [0.008, 0.016] in cross-lingual mAP on xquad-r (query languages: low; candidates: english), "
            "p = 0.012 corrected, 5 seeds.",
        ),
        (
            {"setting": "cross-lingual", "candidates": "english"},
            "hybrid against cross: +0.012 [0.008, 0.016] in cross-lingual mAP on xquad-r (candidates: english), p = 0.012 "
            "corrected, 5 seeds.",
        ),
        (
            {"languages": "low", "measure": "log_rank_distance", "estimate": -0.4, "low": -0.5, "high": -0.3, "seeds": None},
            "hybrid against cross: −0.400 [−0.500, −0.300] in multilingual log rank distance (lower is better) on xquad-r (query "
            "languages: low), p = 0.012 corrected.",
        ),
        (
            {"estimate": 0.001, "low": -0.001, "high": 0.003, "p_corrected": 0.4, "margin": 0.005, "p_equivalent_corrected": 0.05},
            "hybrid against cross: +0.001 [−0.001, 0.003] in multilingual mAP on xquad-r, p = 0.400 corrected, within ±0.005 "
            "(p = 0.050 corrected), 5 seeds.",
        ),
        (
            {"margin": 0.005, "p_equivalent_corrected": 0.051},
            "hybrid against cross: +0.012 [0.008, 0.016] in multilingual mAP on xquad-r, p = 0.012 corrected, 5 seeds.",
        ),
        (
            {"low": None, "high": None, "p_corrected": 1.0},
            "hybrid against cross: +0.012 (no interval: too few units) in multilingual mAP on xquad-r, p = 1.000 corrected, 5 seeds.",
        ),
    ],
)  # fmt: skip
def test_sentences(change, sentence):
    assert sentence_of(ROW | change, alpha=0.05) == sentence


@pytest.mark.parametrize(
    ("outcome", "verdict", "start"),
    [
        ("above", "supported", "The data support the hypothesis. "),
        ("below", "contradicted", "The data contradict the hypothesis. "),
        ("equivalent", "equivalent", "The difference is too small to matter. "),
        ("not shown", "not shown", "The data do not decide. "),
    ],
)
def test_answers(outcome, verdict, start):
    row = {"outcome": outcome, "sentence": "x is y.", "models": {"a": 1, "b": -1}}
    assert answer_of(row) == {"verdict": verdict, "sentence": f"{start}X is y."}


@pytest.mark.parametrize(
    "sentence", ["bm25 against tfidf: …", "tfidf against bm25: …", "mBERT against XLM-R: …", "é5: …"]
)
def test_a_name_keeps_its_spelling_in_the_answer(sentence):
    row = {"outcome": "above", "sentence": sentence, "models": {"bm25": 1, "tfidf": -1}}
    assert answer_of(row)["sentence"] == f"The data support the hypothesis. {sentence}"
