"""The passages of a batch, by hand."""

import pyarrow as pa
import pytest

from equilingual.training.passages import groups_of, owners_of, passage_languages_of, passages_of


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


def test_further_positives_stand_between_the_pairs_own_and_the_hard_negatives(batch):
    several = batch.append_column("positives", [[[], ["q", "r"], ["s"]]])
    several = several.append_column("positive_languages", [[[], ["en", "zh"], ["en"]]])
    assert passages_of(several) == ["a", "b", "c", "q", "r", "s", "x", "y", "z"]
    assert passage_languages_of(several) == ["en", "de", "es", "en", "zh", "en", "en", "zh", "de"]
    assert groups_of(several).tolist() == [0, 1, 0, 1, 1, 0, -1, -2, -3]
    assert owners_of(several).tolist() == [0, 1, 2, 1, 1, 2, -1, -1, -1]
    assert owners_of(batch) is None
