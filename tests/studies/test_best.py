"""The best level of a curve: which points it has, how the best varies, and what is equivalent to it."""

import numpy as np
import pytest
from studies.test_contrasts import DRAWS, LANGUAGES, scores_of

from equilingual.studies.best import best_levels, points_of

PANEL = {"panel": "multilingual", "benchmark": "b", "setting": "multilingual", "languages": "all"}
SEEDS = (1, 2, 3)


def model(name, alpha, mix=None, shown=True, **attributes):
    return {"model": name, "alpha": alpha, "mix": mix, "shown": shown, "attributes": attributes}


def test_the_points_of_a_curve():
    models = [
        model("base", None),
        model("mono", 1.0, "batch"),
        model("cross", 0.0),
        model("half", 0.5, "batch"),
        model("half-pair", 0.5, "pair"),
        model("hidden", 0.7, "pair", shown=False),
        model("line", 0.2, "pair"),
    ]
    figure = {"x": "alpha", "series": "mix", "reference": ["line"]}
    found = points_of(figure, models)
    assert [(one["series"], one["x"], one["model"]) for one in found] == [
        ("batch", 1.0, "mono"),
        ("batch", 0.0, "cross"),  # of every series: nothing is mixed
        ("batch", 0.5, "half"),
        ("pair", 0.0, "cross"),
        ("pair", 0.5, "half-pair"),
    ]
    one_line = points_of({**figure, "series": None}, models)
    assert [one["series"] for one in one_line] == [None] * 4
    assert points_of({**figure, "x": None}, models) == []
    # An attribute is found as a column is.
    sized = [model("a", 0.1, size=10.0), model("b", 0.1)]
    assert points_of({"x": "size", "series": None, "reference": []}, sized) == [
        {"series": None, "x": 10.0, "model": "a"}
    ]


def curve(levels, rng, noise=0.02, of_seeds=0.0):
    """Return scores of a model for each (name, value), which answer the same questions."""
    shared = rng.normal(0, 0.2, (1, 40, 1))
    values = {
        name: value + shared + rng.normal(0, noise, (3, 40, len(LANGUAGES))) + rng.normal(0, of_seeds, (3, 1, 1))
        for name, value in levels.items()
    }
    return scores_of(values, dict.fromkeys(levels, SEEDS))


def best_of(points, scores, margin=0.02, measure="map"):
    given = [{"series": None, "x": x, "model": name} for name, x in points.items()]
    tests = {"measure": measure, "margin": margin, "alpha": 0.05}
    (found,) = best_levels(PANEL, given, scores, None, tests=tests, draws=DRAWS)
    return found


def test_the_highest_level_and_what_is_equivalent_to_it():
    levels = {"a": 0.3, "b": 0.5, "c": 0.49, "d": 0.4}
    points = {"d": 1.0, "b": 0.5, "a": 0.0, "c": 0.75}
    found = best_of(points, curve(levels, np.random.default_rng(1)))
    assert found == {
        "series": None,
        "panel": "multilingual",
        "x": 0.5,
        "low": 0.5,
        "high": 0.5,
        "equivalent": [0.5, 0.75],
    }
    assert best_of(points, curve(levels, np.random.default_rng(1)), margin=None)["equivalent"] is None


def test_a_level_that_is_as_good_makes_the_best_uncertain():
    levels = {"a": 0.3, "b": 0.5, "c": 0.5, "d": 0.4}
    points = {"a": 0.0, "b": 0.5, "c": 0.75, "d": 1.0}
    found = best_of(points, curve(levels, np.random.default_rng(2), of_seeds=0.01))
    assert (found["low"], found["high"]) == (0.5, 0.75)


def test_of_a_measure_that_is_better_low_the_lowest_is_best():
    levels = {"a": 3.0, "b": 5.0, "c": 4.0}
    found = best_of(
        {"a": 1.0, "b": 2.0, "c": 3.0}, curve(levels, np.random.default_rng(3)), measure="log_rank_distance"
    )
    assert (found["x"], found["low"], found["high"]) == (1.0, 1.0, 1.0)


def test_models_of_one_level_are_averaged():
    levels = {"a": 0.1, "b": 0.9, "c": 0.6}
    scores = curve(levels, np.random.default_rng(4))
    given = [{"series": None, "x": x, "model": name} for name, x in (("a", 2.0), ("b", 2.0), ("c", 4.0))]
    tests = {"measure": "map", "margin": 0.2, "alpha": 0.05}
    (found,) = best_levels(PANEL, given, scores, None, tests=tests, draws=DRAWS)
    assert found["x"] == 4.0  # 0.6 is above the mean of 0.1 and 0.9
    assert found["equivalent"] == [2.0, 4.0]
    (far,) = best_levels(PANEL, given, scores, None, tests={**tests, "margin": 0.05}, draws=DRAWS)
    assert far["equivalent"] == [4.0]


@pytest.mark.parametrize("tags", [("en",), ("sw", "yo")])
def test_a_panel_of_some_languages_is_about_these(tags):
    rng = np.random.default_rng(5)
    columns = [LANGUAGES.index(tag) for tag in tags]
    values = {name: np.zeros((3, 20, len(LANGUAGES))) + rng.normal(0, 0.01, (3, 20, 1)) for name in "ab"}
    values["a"][..., columns] += 0.5
    values["b"][..., [number for number in range(len(LANGUAGES)) if number not in columns]] += 2
    given = [{"series": None, "x": x, "model": name} for name, x in (("a", 1.0), ("b", 2.0))]
    tests = {"measure": "map", "margin": None, "alpha": 0.05}
    scores = scores_of(values, dict.fromkeys("ab", SEEDS))
    assert [one["x"] for one in best_levels(PANEL, given, scores, tags, tests=tests, draws=DRAWS)] == [1.0]
    assert [one["x"] for one in best_levels(PANEL, given, scores, None, tests=tests, draws=DRAWS)] == [2.0]


def test_one_cluster_of_questions_does_not_say_how_the_best_level_varies():
    rng = np.random.default_rng(3)
    values = {name: rng.normal(0.5 + add, 0.01, (3, 1, len(LANGUAGES))) for name, add in (("a", 0.0), ("b", 0.1))}
    found = best_of({"a": 0.0, "b": 0.5}, scores_of(values, dict.fromkeys(values, SEEDS)))
    assert (found["x"], found["low"], found["high"]) == (0.5, None, None)
