"""Files of another language than the configuration says."""

import logging

import pytest

from equilingual.corpora.language_check import LanguageSample


@pytest.fixture
def passages(root):
    """Return a function that gives the demo's passages in a language."""
    import json

    def read(language):
        lines = (root / f"resources/demo/evaluation/{language}/corpus.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["text"] for line in lines]

    return read


def sample(texts):
    found = LanguageSample()
    for text in texts:
        found.add(text)
    return found


@pytest.mark.parametrize("language", ["ar", "de", "en", "th", "zh"])
def test_the_right_language_is_no_problem(passages, language):
    assert sample(passages(language)).problem(language) is None


def test_the_wrong_language_is_said_with_the_likely_one(passages):
    texts = passages("en")
    problem = sample(texts).problem("de")
    assert (
        problem == f"only 0 of {len(texts)} texts look like 'de', and {len(texts)} like 'en': is this the right file?"
    )


def test_some_texts_of_another_language_are_no_problem_and_most_are(passages):
    german, english = passages("de")[:40], passages("en")
    assert sample(german + english[:39]).problem("de") is None
    assert sample(german + english[:41]).problem("de").startswith("only 40 of 81 texts")


def test_short_texts_and_languages_that_the_identifier_lacks_are_not_judged(passages):
    assert sample(["Berlin", "42"] * 50).problem("th") is None
    assert sample(passages("en")).problem("ast") is None


def test_a_large_corpus_is_sampled_from_beginning_to_end(passages):
    texts = passages("de")
    assert sample(passages("en")[:90] + texts * 10).problem("de") is None


def test_a_stage_warns_of_a_file_in_another_language(read, write_lines, passages, caplog):
    rows = [{"pair_id": n, "question": "q?", "passage": text} for n, text in enumerate(passages("en"))]
    with caplog.at_level(logging.WARNING):
        read("jsonl", language="de", files={"file": write_lines(rows)})
    assert "corpora.c.files.de: only 0 of 96 texts look like 'de', and 96 like 'en'" in caplog.text
    caplog.clear()
    read("jsonl", language="en", files={"file": write_lines(rows)})
    assert not caplog.records
