"""Colours of models and of languages: each can be told from the others, and read, in both themes."""

import itertools

import pytest
from report.colours import contrast, distance, themes

from equilingual.report.board import KINDS
from equilingual.report.vega import SHADES, colour_of

TRAINED_OR_DEBIASED = [kind for kind in (*KINDS, "other") if kind != "none"]  # an encoder has one base encoder
LANGUAGES = 12


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("kind", TRAINED_OR_DEBIASED)
def test_models_of_one_kind_have_shades_that_differ_and_can_be_read(theme, kind):
    found = themes()[theme]
    shades = [found[colour_of(kind, variant)[len("var(--") : -1]] for variant in range(SHADES + 1)]
    assert min(contrast(shade, found["paper"]) for shade in shades) >= 4.5  # names in figures have them
    assert min(distance(one, other) for one, other in itertools.combinations(shades, 2)) > 0.07


def test_after_the_last_shade_they_begin_anew():
    assert colour_of("cross", SHADES + 1) == colour_of("cross", 1)


@pytest.mark.parametrize(("theme", "least"), [(0, 0.07), (1, 0.12)])
def test_languages_have_tints_that_can_be_told_apart_and_codes_that_can_be_read(theme, least):
    found = themes()[theme]
    tints = [found[f"l{number}"] for number in range(LANGUAGES)]
    assert min(contrast(tint, found["on-tile"]) for tint in tints) >= 4.5
    assert min(distance(one, other) for one, other in itertools.combinations(tints, 2)) > least
    assert min(distance(tint, found["paper"]) for tint in tints) > 0.09
