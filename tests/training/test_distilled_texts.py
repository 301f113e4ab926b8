"""Which texts an encoder is distilled on."""

from collections import Counter

import pyarrow as pa
import pytest

from equilingual.corpora import PAIR_SCHEMA
from equilingual.parquet import write_parquet
from equilingual.training.distilled_texts import TooFewTextsError, draw_texts


def write_pairs(path, language, passages, first=0):
    rows = [
        (f"q{n}-{k}", f"p{n}", language, f"{language} question {n}-{k}", f"{language} passage {n}", "human")
        for n in range(first, first + passages)
        for k in range(2)
    ]
    write_parquet(pa.table([list(column) for column in zip(*rows, strict=True)], schema=PAIR_SCHEMA), path)
    return path


@pytest.fixture
def tables(tmp_path):
    """English in two files, German in one of a tenth of the rows, and the empty one of a missing language."""
    empty = tmp_path / "no-pairs.parquet"
    write_parquet(PAIR_SCHEMA.empty_table(), empty)
    return [
        write_pairs(tmp_path / "en.parquet", "en", 60),
        empty,
        write_pairs(tmp_path / "de.parquet", "de", 10),
        write_pairs(tmp_path / "more.parquet", "en", 40, first=60),
    ]


def passage_of(text):
    """Return the number of the passage that a text is, or that its question asks for."""
    return int(text.split()[2].partition("-")[0])


def test_each_batch_has_questions_and_passages_of_all_languages_alike(tables):
    drawn = draw_texts(tables, steps=50, batch_size=9, seed=1)
    assert drawn.languages == ["de", "en"]
    assert {(len(batch.questions), len(batch.passages)) for batch in drawn.batches} == {(4, 5)}
    assert len(drawn.batches) == 50
    texts = [text for batch in drawn.batches for side in batch for text in side]
    assert all(" question " in text for batch in drawn.batches for text in batch.questions)
    assert all(" passage " in text for batch in drawn.batches for text in batch.passages)
    counts = Counter(text[:2] for text in texts)
    assert abs(counts["de"] - 225) < 50  # 450 draws: a standard deviation of 11
    # Rows of both English files are drawn, and none again before all others were.
    english = Counter(text for batch in drawn.batches for text in batch.questions if text.startswith("en"))
    assert {passage_of(text) >= 60 for text in english} == {True, False}
    assert max(english.values()) == 1
    german = Counter(text for batch in drawn.batches for text in batch.questions if text.startswith("de"))
    assert max(german.values()) - min(german.values()) <= 1


def test_a_passage_that_is_held_out_is_in_no_batch_in_any_language(tables):
    drawn = draw_texts(tables, steps=200, batch_size=8, seed=3)
    held_out = {passage_of(text) for text in drawn.held_out.passages}
    assert len(held_out) == 5  # of a hundred
    assert {passage_of(text) for text in drawn.held_out.questions} == held_out
    trained = {passage_of(text) for batch in drawn.batches for side in batch for text in side}
    assert trained == set(range(100)) - held_out


def test_as_many_are_held_out_of_each_language(tmp_path):
    tables = [write_pairs(tmp_path / f"{tag}.parquet", tag, 3000) for tag in ("en", "de", "pt")]
    drawn = draw_texts(tables, steps=1, batch_size=2, seed=1)
    for side in drawn.held_out:
        assert Counter(text[:2] for text in side) == {"en": 86, "de": 86, "pt": 86}  # 256 of three languages


def test_a_language_may_have_nothing_that_is_not_held_out(tmp_path):
    tables = [write_pairs(tmp_path / "en.parquet", "en", 2), write_pairs(tmp_path / "de.parquet", "de", 1)]
    for seed in range(4):
        drawn = draw_texts(tables, steps=5, batch_size=4, seed=seed)
        [held_out] = {passage_of(text) for text in drawn.held_out.passages}
        used = {text for batch in drawn.batches for side in batch for text in side}
        assert {passage_of(text) for text in used} == {1 - held_out}
        assert {text[:2] for text in used} == ({"en"} if held_out == 0 else {"en", "de"})


def test_the_seed_decides(tables):
    one, same, other = (draw_texts(tables, steps=3, batch_size=8, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one.batches != other.batches


def test_one_passage_is_too_few(tmp_path):
    with pytest.raises(TooFewTextsError, match="fewer than two passages"):
        draw_texts([write_pairs(tmp_path / "en.parquet", "en", 1)], steps=1, batch_size=2, seed=1)
