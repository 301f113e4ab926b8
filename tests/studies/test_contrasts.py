"""Contrasts against brute force, scipy, an analysis of variance and simulated truth."""

import itertools

import numpy as np
import pytest
from scipy import stats

from equilingual.config.study_settings import Contrast
from equilingual.evaluation.bootstrap import draw_clusters
from equilingual.studies.contrasts import Draws, Scores, estimate_contrast, outcome_of
from equilingual.studies.samples import Questions, Sums

LANGUAGES = ("en", "de", "sw", "zh", "yo")
GROUPS = {"high": ("en", "de", "zh"), "low": ("sw", "yo")}
DRAWS = Draws(permutations=2000, resamples=800, seed=3)


def scores_of(values, seeds, draws=DRAWS, size=1):
    """Return the scores of models whose clusters have one question, or ``size``, with the same value in each.

    values: by model, float [seeds, clusters, languages].
    """
    clusters = next(iter(values.values())).shape[1]
    ids = frozenset(f"q{number}" for number in range(clusters * size))
    drawn = draw_clusters(clusters, resamples=draws.resamples, seed=draws.seed).astype(float)
    counts = np.full((clusters, len(LANGUAGES)), float(size))
    questions = Questions({(tag, "all"): ids for tag in LANGUAGES}, counts, drawn)
    sums = {
        name: [Sums(one.mean(axis=0), drawn @ one / clusters, one / clusters) for one in own]
        for name, own in values.items()
    }
    return Scores(questions, sums, seeds)


def contrast(models, **keys):
    about = {"name": "x", "benchmark": "b", "setting": "multilingual", "measure": "map"}
    return Contrast.model_validate({**about, "models": models, **keys})


def made(rng, *, seeds, clusters, of_seeds=0.0, effect=0.0):
    """Return values of one model: questions and languages differ, and seeds by ``of_seeds``."""
    return (
        effect
        + rng.normal(0, of_seeds, (seeds, 1, 1))
        + rng.normal(0, 0.3, (1, clusters, 1))
        + rng.normal(0, 0.2, (1, 1, len(LANGUAGES)))
        + rng.normal(0, 0.2, (seeds, clusters, len(LANGUAGES)))
    )


def test_a_contrast_of_one_seed_is_the_exact_permutation_test_of_clusters():
    rng = np.random.default_rng(1)
    values = {name: made(rng, seeds=1, clusters=9) for name in "ab"}
    found, size = estimate_contrast(
        contrast({"a": 1, "b": -1}), scores_of(values, {"a": (1,), "b": (1,)}, size=2), GROUPS, DRAWS
    )
    differences = (values["a"] - values["b"]).mean(axis=(0, 2))
    assert found.estimate == pytest.approx(differences.mean())
    sums = [abs(np.dot(signs, differences)) for signs in itertools.product((1, -1), repeat=9)]
    exact = np.mean(np.array(sums) >= abs(differences.sum()) - 1e-12)
    assert found.p == pytest.approx(exact, abs=0.04)
    assert size == {"seeds": 1, "questions": 18, "clusters": 9}
    means = draw_clusters(9, resamples=DRAWS.resamples, seed=DRAWS.seed) / 9 @ differences
    # A resample of n clusters has (n - 1) / n of the variance.
    assert found.uncertainty.standard_error == pytest.approx((means.var(ddof=1) * 9 / 8) ** 0.5)
    assert found.uncertainty.standard_error == pytest.approx(stats.sem(differences), rel=0.1)
    assert found.uncertainty.degrees_of_freedom == pytest.approx(8)


def test_a_difference_of_differences_is_the_weighted_sum():
    rng = np.random.default_rng(2)
    values = {name: made(rng, seeds=3, clusters=12) for name in "abcd"}
    seeds = dict.fromkeys("abcd", (1, 2, 3))
    weights = {"a": 1, "b": -1, "c": -0.5, "d": 0.5}
    whole, _ = estimate_contrast(contrast(weights), scores_of(values, seeds), GROUPS, DRAWS)
    combined = sum(weight * values[name] for name, weight in weights.items())
    one, _ = estimate_contrast(
        contrast({"x": 1, "zero": -1}),
        scores_of({"x": combined, "zero": np.zeros_like(combined)[:1]}, {"x": (1, 2, 3), "zero": ()}),
        GROUPS,
        DRAWS,
    )
    assert (whole.estimate, whole.low, whole.high, whole.p) == pytest.approx((one.estimate, one.low, one.high, one.p))
    assert whole.estimate == pytest.approx(combined.mean())


def test_the_same_in_other_languages_is_subtracted():
    rng = np.random.default_rng(4)
    values = {name: made(rng, seeds=3, clusters=12) for name in "ab"}
    asked = contrast({"a": 1, "b": -1}, languages="high", minus="low")
    found, size = estimate_contrast(asked, scores_of(values, dict.fromkeys("ab", (1, 2, 3))), GROUPS, DRAWS)
    difference = values["a"] - values["b"]
    high, low = ([LANGUAGES.index(tag) for tag in GROUPS[name]] for name in ("high", "low"))
    own = difference[..., high].mean(axis=2) - difference[..., low].mean(axis=2)  # [seeds, clusters]
    assert found.estimate == pytest.approx(own.mean())
    draws = draw_clusters(12, resamples=DRAWS.resamples, seed=DRAWS.seed) / 12
    covariance = np.cov(draws @ own.T, rowvar=False) * 12 / 11
    shared = max((covariance.sum() - np.trace(covariance)) / 6, 0)
    variance = own.mean(axis=1).var(ddof=1) / 3 + shared
    assert found.uncertainty.standard_error == pytest.approx(variance**0.5)
    assert size["clusters"] == 12


def test_with_several_seeds_p_is_no_lower_than_that_of_the_t_test():
    rng = np.random.default_rng(5)
    values = {name: made(rng, seeds=3, clusters=60, of_seeds=0.3) for name in "ab"}
    found, _ = estimate_contrast(
        contrast({"a": 1, "b": -1}), scores_of(values, dict.fromkeys("ab", (1, 2, 3))), GROUPS, DRAWS
    )
    error = found.uncertainty
    t = 2 * stats.t.sf(abs(found.estimate) / error.standard_error, error.degrees_of_freedom)
    assert found.p >= t * (1 - 1e-9)
    width = 2 * stats.t.ppf(0.975, error.degrees_of_freedom) * error.standard_error
    assert found.high - found.low >= width * (1 - 1e-9)


def test_languages_are_the_units_of_a_one_sample_t_test():
    rng = np.random.default_rng(6)
    values = {name: made(rng, seeds=1, clusters=8) for name in "ab"}
    asked = contrast({"a": 1, "b": -1}, unit="language")
    found, size = estimate_contrast(asked, scores_of(values, {"a": (1,), "b": (1,)}), GROUPS, DRAWS)
    by_language = (values["a"] - values["b"]).mean(axis=(0, 1))
    theirs = stats.ttest_1samp(by_language, 0)
    assert (found.estimate, found.p) == pytest.approx((by_language.mean(), theirs.pvalue))
    assert (found.units, size["clusters"]) == (5, 8)
    interval = theirs.confidence_interval()
    assert found.high - found.low == pytest.approx(interval.high - interval.low)


def test_two_groups_of_languages_are_welchs_t_test():
    rng = np.random.default_rng(7)
    values = {name: made(rng, seeds=1, clusters=8) for name in "ab"}
    asked = contrast({"a": 1, "b": -1}, unit="language", languages="high", minus="low")
    found, _ = estimate_contrast(asked, scores_of(values, {"a": (1,), "b": (1,)}), GROUPS, DRAWS)
    by_language = dict(zip(LANGUAGES, (values["a"] - values["b"]).mean(axis=(0, 1)), strict=True))
    high, low = ([by_language[tag] for tag in GROUPS[name]] for name in ("high", "low"))
    theirs = stats.ttest_ind(high, low, equal_var=False)
    assert (found.estimate, found.p) == pytest.approx((np.mean(high) - np.mean(low), theirs.pvalue))
    assert found.uncertainty.degrees_of_freedom == pytest.approx(theirs.df)


def test_languages_and_seeds_are_an_analysis_of_variance_with_both_random():
    rng = np.random.default_rng(8)
    values = {"a": made(rng, seeds=4, clusters=8, of_seeds=0.1), "base": made(rng, seeds=1, clusters=8)}
    asked = contrast({"a": 1, "base": -1}, unit="language")
    found, _ = estimate_contrast(asked, scores_of(values, {"a": (1, 2, 3, 4), "base": ()}), GROUPS, DRAWS)
    table = (values["a"] - values["base"]).mean(axis=1)  # [seeds, languages]
    seeds, languages = table.shape
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    residual = table - rows[:, None] - columns + table.mean()
    error = (residual**2).sum() / ((seeds - 1) * (languages - 1))
    of_seeds = rows.var(ddof=1) / seeds
    of_languages = max(seeds * columns.var(ddof=1) - error, 0) / (seeds * languages)
    assert found.uncertainty.standard_error == pytest.approx((of_seeds + of_languages) ** 0.5)
    degrees = (of_seeds + of_languages) ** 2 / (of_seeds**2 / (seeds - 1) + of_languages**2 / (languages - 1))
    assert found.uncertainty.degrees_of_freedom == pytest.approx(degrees)


def test_one_language_or_one_cluster_shows_nothing():
    rng = np.random.default_rng(9)
    values = {name: made(rng, seeds=2, clusters=6, effect=5 * (name == "a")) for name in "ab"}
    seeds = dict.fromkeys("ab", (1, 2))
    asked = contrast({"a": 1, "b": -1}, unit="language", languages="one")
    found, _ = estimate_contrast(asked, scores_of(values, seeds), {"one": ("en",)}, DRAWS)
    assert (found.low, found.high, found.p, found.uncertainty) == (None, None, 1.0, None)
    one = {name: own[:, :1] for name, own in values.items()}
    found, _ = estimate_contrast(contrast({"a": 1, "b": -1}), scores_of(one, seeds), GROUPS, DRAWS)
    assert (found.low, found.p_equivalent(0.1), found.p) == (None, None, 1.0)


def test_a_true_null_is_rejected_as_often_as_alpha_says_and_an_effect_is_found():
    rng = np.random.default_rng(10)
    draws = Draws(permutations=200, resamples=120, seed=1)
    trials, rejected, by_language, found = 250, 0, 0, 0
    for _ in range(trials):
        shared = made(rng, seeds=1, clusters=30)
        values = {
            name: shared
            + rng.normal(0, 0.05, (3, 1, 1))
            + rng.normal(0, 0.2, (1, 30, 1))
            + rng.normal(0, 0.1, (3, 30, 1))
            for name in "ab"
        }
        seeds = dict.fromkeys("ab", (1, 2, 3))
        scores = scores_of(values, seeds, draws)
        rejected += estimate_contrast(contrast({"a": 1, "b": -1}), scores, GROUPS, draws)[0].p <= 0.05
        asked = contrast({"a": 1, "b": -1}, unit="language")
        # Each language has an effect of its own; their mean is 0 in the long run.
        differ = scores_of({**values, "a": values["a"] + rng.normal(0, 0.1, (1, 1, 5))}, seeds, draws)
        by_language += estimate_contrast(asked, differ, GROUPS, draws)[0].p <= 0.05
        scores = scores_of({**values, "a": values["a"] + 0.5}, seeds, draws)
        found += estimate_contrast(contrast({"a": 1, "b": -1}), scores, GROUPS, draws)[0].p <= 0.05
    most = stats.binom.ppf(0.999, trials, 0.05)
    assert 2 <= rejected <= most
    assert 2 <= by_language <= most
    assert found > 0.9 * trials


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({}, "above"),
        ({"estimate": -0.1, "low": -0.2, "high": -0.05}, "below"),
        ({"p_corrected": 0.051}, "not shown"),
        ({"low": -0.01}, "not shown"),
        ({"low": None, "high": None}, "not shown"),
        ({"p_corrected": 0.2, "p_equivalent_corrected": 0.05}, "equivalent"),
        ({"p_equivalent_corrected": 0.01}, "above"),
    ],
)
def test_outcomes(change, outcome):
    row = {"estimate": 0.1, "low": 0.05, "high": 0.2, "p_corrected": 0.05, "p_equivalent_corrected": None}
    assert outcome_of(row | change, alpha=0.05) == outcome
