"""The passages of a batch, by hand."""

import pyarrow as pa
import pytest

from equilingual.training.passages import groups_of, passage_languages_of, passages_of


@pytest.fixture
def batch():
    return pa.table(
        {
            "passage": ["a", "b", "c"],
            "passage_language": ["en", "de", "es"],
            "passage_id": ["d1", "d2", "d1"],
            "negatives": [["x", "y"], [], ["z"]],
            "negative_languages": [["en", "zh"], [], ["de"]],
        }
    )


def test_the_pairs_own_come_before_the_hard_negatives(batch):
    assert passages_of(batch) == ["a", "b", "c", "x", "y", "z"]
    assert passages_of(batch.select(["passage"])) == ["a", "b", "c"]


def test_a_hard_negative_has_the_language_that_the_batch_says_or_that_of_its_row(batch):
    assert passage_languages_of(batch) == ["en", "de", "es", "en", "zh", "de"]
    assert passage_languages_of(batch.drop_columns("negative_languages")) == ["en", "de", "es", "en", "en", "es"]
    assert passage_languages_of(batch.select(["passage_language"])) == ["en", "de", "es"]


def test_a_group_is_the_pairs_of_one_passage(batch):
    assert groups_of(batch).tolist() == [0, 1, 0, -1, -2, -3]
    assert groups_of(batch.select(["passage_id"])).tolist() == [0, 1, 0]
