"""The languages in which a model scores lower than its base encoder."""

import pytest
from report.boards import board_of, tatoeba

from equilingual.report.losses import losses_of

MODELS = ({"encoder": "e5"}, {"encoder": "e5", "training_set": "set", "strategy": "cross", "alpha": 0.0, "seed": 1})


@pytest.fixture
def losses(tmp_path):
    """Return what is said of values by setting and language: base encoder, trained model."""

    def said(figures):
        board = board_of(tmp_path, figures, models=MODELS)
        base, trained = board.rows
        return losses_of(board, "mine", trained, base)

    return said


def figures(monolingual, multilingual):
    found = {}
    for (setting, pool), values in ((("monolingual", None), monolingual), (("multilingual", "all"), multilingual)):
        for tag, value in values.items():
            found[setting, tag, pool or tag, "map"] = value
        found[setting, "mean", "mean", "map"] = 0.5
    return found


def test_it_counts_the_languages_that_lose_and_names_the_largest_loss(losses):
    monolingual = {"en": (0.8, 0.79), "de": (0.7, 0.65), "th": (0.6, 0.61)}
    multilingual = {"en": (0.5, 0.6), "de": (0.4, 0.5), "th": (0.3, 0.4)}
    assert losses(figures(monolingual, multilingual)) == (
        "Against base encoder, monolingual mAP falls in 2 of 3 languages, most in German (0.700 → 0.650); multilingual "
        "mAP falls in no language. Single languages are not tested."
    )


def test_a_difference_that_rounding_hides_is_no_loss(losses):
    monolingual = {"en": (0.8, 0.79999), "de": (0.7, 0.71)}
    multilingual = {"en": (0.5, 0.5), "de": (0.4, 0.5)}
    assert losses(figures(monolingual, multilingual)) == (
        "Against base encoder, monolingual mAP and multilingual mAP fall in no language. "
        "Single languages are not tested."
    )


def test_matched_sentences_lose_by_accuracy_without_the_language_that_all_are_matched_with(losses):
    before, after = (
        tatoeba(one) for one in ({"de": (0.9, 0.8), "am": (0.5, 0.6)}, {"de": (0.8, 0.9), "am": (0.6, 0.4)})
    )
    said = losses({key: (before[key], after[key]) for key in before})
    assert "accuracy by query language falls in 1 of 2 languages, most in German (0.900 → 0.800)" in said
    assert "by candidate language falls in 1 of 2 languages, most in Amharic (0.600 → 0.400)" in said
    assert "English" not in said


def test_a_single_language_says_nothing(losses):
    assert losses(figures({"en": (0.8, 0.7)}, {})) == ""
