"""Held-out pairs: in every language, of no training set, the same ones whatever else is there."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from equilingual.corpora import CorpusError
from equilingual.corpora.validation import sample_validation
from equilingual.corpora.writing import PAIR_SCHEMA
from equilingual.files import read_json


def write(path, rows):
    """Write (pair_id, language, question, passage) rows."""
    full = [(pair, f"d-{pair}", language, question, passage, "human") for pair, language, question, passage in rows]
    columns = [list(column) for column in zip(*full, strict=True)] or [[] for _ in PAIR_SCHEMA]
    pq.write_table(pa.table(columns, schema=PAIR_SCHEMA), path)
    return path


def plain(language, numbers):
    return [(f"p{n}", language, f"question {n} in {language}", f"passage {n} in {language}") for n in numbers]


@pytest.fixture
def sample(tmp_path):
    def run(by_language, trained_on=(), pairs=5):
        files = [write(tmp_path / f"{language}.parquet", rows) for language, rows in by_language.items()]
        trained = [write(tmp_path / f"t{n}.parquet", rows) for n, rows in enumerate(trained_on)]
        sample_validation(
            files=files,
            corpora=["c"],
            languages=list(by_language),
            trained_on=trained,
            pairs=pairs,
            pairs_out=tmp_path / "pairs.parquet",
            counts_out=tmp_path / "counts.json",
        )
        return pq.read_table(tmp_path / "pairs.parquet").to_pylist(), read_json(tmp_path / "counts.json")

    return run


def test_every_language_has_the_same_pairs_in_one_order(sample):
    rows, counts = sample({"en": plain("en", range(30)), "de": plain("de", range(10, 40))}, pairs=8)
    ids = [row["pair_id"] for row in rows]
    assert ids[:8] == ids[8:]
    assert [row["language"] for row in rows] == ["en"] * 8 + ["de"] * 8
    for row in rows:
        n = int(row["pair_id"].removeprefix("c/p"))
        assert 10 <= n < 30
        assert row["question"] == f"question {n} in {row['language']}"
        assert row["passage"] == f"passage {n} in {row['language']}"
    assert counts == {
        "corpora": ["c"], "languages": ["en", "de"], "pairs": 8, "in_all_languages": 20, "trained_on": 0
    }  # fmt: skip


def test_the_draw_does_not_depend_on_the_order_or_on_what_else_is_there(sample):
    few, _ = sample({"en": plain("en", range(20))}, pairs=20)
    many, _ = sample({"en": plain("en", reversed(range(40)))}, pairs=40)
    old = {row["pair_id"] for row in few}
    assert [row["pair_id"] for row in few] == [row["pair_id"] for row in many if row["pair_id"] in old]


def test_what_is_trained_on_in_any_language_is_left_out_and_counted(sample):
    trained = [
        [("x", "en", "Question 3, in EN?", "something else")],  # a question, but for case and punctuation
        [("y", "de", "something else", "passage 5 in de")],  # a passage of the other language
        [("z", "fr", "passage 6 in en", "something else")],  # a passage that is asked for
    ]
    data = {"en": plain("en", range(10)), "de": plain("de", range(10))}
    rows, counts = sample(data, trained, pairs=10)
    assert {row["pair_id"] for row in rows} == {f"c/p{n}" for n in range(10) if n not in (3, 5, 6)}
    assert (counts["pairs"], counts["in_all_languages"], counts["trained_on"]) == (7, 10, 3)


def test_a_passage_answers_one_question_of_the_sample(sample):
    rows, _ = sample({"en": [(f"p{n}", "en", f"question {n}", f"passage {n % 3}") for n in range(12)]}, pairs=12)
    assert sorted(row["passage"] for row in rows) == ["passage 0", "passage 1", "passage 2"]


def test_nothing_left_is_an_error(sample):
    with pytest.raises(
        CorpusError, match=r"no pair for validation \(2 exist in all of en, but all of them are trained"
    ):
        sample({"en": plain("en", range(2))}, [plain("en", range(2))])


def test_languages_that_share_no_pair_are_named_with_their_ids(sample):
    german = [(f"de-{n}", *row) for n, (_, *row) in enumerate(plain("de", range(3)))]
    message = r"no pair for validation: corpus 'c': en \('p0', 'p1'\) and de \('de-0', 'de-1', …\) have"
    with pytest.raises(CorpusError, match=message):
        sample({"en": plain("en", range(2)), "de": german})
    with pytest.raises(CorpusError, match="none exists in all of en, es, de: choose other corpora, or fewer lang"):
        sample({"en": plain("en", [0, 1]), "es": plain("es", [1, 2]), "de": plain("de", [2, 0])})
