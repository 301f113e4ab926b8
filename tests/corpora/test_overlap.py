import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from equilingual.corpora import OverlapError, check_overlap
from equilingual.files import read_json, sha256_of, write_json


@pytest.fixture
def check(tmp_path):
    def run(passage, question, negatives=None):
        pairs = {
            "pair_id": ["a", "b"],
            "question": ["Q one?", question],
            "passage": ["Water boils at 100 degrees.", passage],
        }
        if negatives is not None:
            pairs["negatives"] = [[], negatives]
        pq.write_table(pa.table(pairs), tmp_path / "pairs.parquet")
        folder = tmp_path / "bench"
        folder.mkdir(exist_ok=True)
        pq.write_table(pa.table({"passage": ["The Moon is far.", "चाँद दूर है।"]}), folder / "candidates.parquet")
        pq.write_table(pa.table({"text": ["How far is the Moon?"]}), folder / "queries.parquet")
        names = ["candidates.parquet", "queries.parquet"]
        write_json({"files": {name: sha256_of(folder / name) for name in names}}, folder / "counts.json")
        check_overlap(
            training_set="t", pairs=[tmp_path / "pairs.parquet"], benchmarks={"bench": folder}, out=tmp_path / "o.json"
        )
        return read_json(tmp_path / "o.json")

    return run


def test_no_overlap_is_counted_as_zero(check):
    counts = check("The Sun is far.", "How far is the Sun?")
    assert counts == {"training_set": "t", "benchmarks": {"bench": {"passages": 0, "questions": 0}}}


@pytest.mark.parametrize("passage", ["the MOON is far", "“The Moon, is far!”", "चाँद दूर है"])
def test_a_shared_passage_stops_the_run_whatever_its_case_and_punctuation(check, passage):
    with pytest.raises(OverlapError, match=r"shares 1 passage with the benchmark bench; .*parquet, pair 'b'"):
        check(passage, "Else?")


def test_a_shared_question_stops_the_run(check):
    with pytest.raises(OverlapError, match=r"shares 1 question with the benchmark bench"):
        check("Else.", "How far is the moon")


def test_a_hard_negative_is_a_passage_that_is_trained_on(check):
    assert check("Else.", "Else?", [None, "The Sun is far."])["benchmarks"]["bench"] == {"passages": 0, "questions": 0}
    with pytest.raises(OverlapError, match=r"shares 1 passage with .*The Moon is far.*, a hard negative of pair 'b'\)"):
        check("Else.", "Else?", [None, "the moon is far"])
    with pytest.raises(OverlapError, match=r"shares 2 passages with .*The Moon is far.*parquet, pair 'b'\)"):
        check("the moon is far", "Else?", ["चाँद दूर है", "the moon is far"])


def test_a_passage_that_only_contains_a_candidate_is_not_found(check):
    """As docs/corpora.md says."""
    counts = check("It is dark. The Moon is far.", "How far is the Moon? And the Sun?")
    assert counts["benchmarks"]["bench"] == {"passages": 0, "questions": 0}


def test_words_that_differ_by_a_vowel_sign_are_not_equal(check):
    assert check("चाँद दूरी है", "Else?")
