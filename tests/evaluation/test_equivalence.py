"""Equivalence against scipy's one-sided tests, and the nominal rate at the margin."""

import numpy as np
import pytest
from scipy import stats

from equilingual.evaluation.bootstrap import draw_clusters, resampled_means
from equilingual.evaluation.equivalence import equivalence_columns, equivalence_p
from equilingual.evaluation.significance import holm
from equilingual.evaluation.two_levels import Uncertainty, uncertainty_of


@pytest.mark.parametrize("shift", [-0.3, -0.02, 0.0, 0.1, 0.2, 0.6])
def test_p_is_the_larger_of_two_one_sided_tests(shift):
    differences = np.random.default_rng(1).normal(shift, 1, 80)
    above = stats.ttest_1samp(differences, -0.25, alternative="greater").pvalue
    below = stats.ttest_1samp(differences, 0.25, alternative="less").pvalue
    error = Uncertainty(float(stats.sem(differences)), 79.0)
    assert equivalence_p(float(differences.mean()), error, 0.25) == pytest.approx(max(above, below))


def test_p_is_alpha_where_the_interval_of_90_percent_touches_the_margin():
    error = Uncertainty(0.002, 12.0)
    end = 0.001 + stats.t.ppf(0.95, 12) * 0.002
    assert equivalence_p(0.001, error, float(end)) == pytest.approx(0.05)
    assert equivalence_p(-0.001, error, float(end)) == pytest.approx(0.05)


def test_ten_units_that_are_all_alike_have_the_p_of_their_sign_flips():
    error = Uncertainty(0.0, 9.0)
    assert [equivalence_p(d, error, 0.01) for d in (0.0, -0.009, 0.01, 0.02)] == [2 / 1024, 2 / 1024, 1.0, 1.0]


def test_values_that_are_alike_but_for_rounding_are_alike():
    where = np.arange(10).repeat(3)
    differences = np.full((1, 30), 0.1)
    means = resampled_means(differences.T, where, draw_clusters(10, resamples=500, seed=1))
    found = uncertainty_of(differences.mean(axis=1), means, 10)
    assert 0 < found.standard_error < 1e-12  # sums in another order
    assert equivalence_p(0.1, found, 0.2) == 2 / 1024


def test_an_estimate_of_0_but_for_rounding_is_that_of_units_that_are_alike():
    # Weights of a third and −1 of models that are the same: 4 clusters, all with a difference of 0.
    assert equivalence_p(-3e-17, Uncertainty(2e-17, 3.0), 0.005) == 1 / 8


def differ(rng, true, *, seeds, clusters=60):
    """Return differences with a true mean: seeds, clusters and their interaction vary; float [seeds, questions]."""
    own = rng.normal(0, 0.15, (seeds, 1)) if seeds > 1 else 0.0
    shared = rng.normal(0, 1, (1, clusters)).repeat(3, axis=1)
    return true + own + shared + rng.normal(0, 0.5, (seeds, 3 * clusters))


def p_of(differences, draws, margin):
    where = np.arange(60).repeat(3)
    values = differences.mean(axis=1)
    error = uncertainty_of(values, resampled_means(differences.T, where, draws), 60)
    return equivalence_p(float(values.mean()), error, margin)


@pytest.mark.parametrize("seeds", [1, 3])
def test_models_that_differ_by_the_margin_are_called_equivalent_at_the_nominal_rate(seeds):
    rng = np.random.default_rng(21 + seeds)
    draws = draw_clusters(60, resamples=400, seed=1)
    trials = 800
    for true in (0.7, -0.7):
        found = sum(p_of(differ(rng, true, seeds=seeds), draws, 0.7) <= 0.05 for _ in range(trials))
        least, most = stats.binom.interval(0.999, trials, 0.05)
        assert least <= found <= most, true
    within = np.mean([p_of(differ(rng, 0.0, seeds=seeds), draws, 0.7) <= 0.05 for _ in range(100)])
    beyond = np.mean([p_of(differ(rng, 1.0, seeds=seeds), draws, 0.7) <= 0.05 for _ in range(100)])
    assert (within > 0.9, beyond < 0.03) == (True, True)


def test_a_family_at_the_margin_has_one_false_claim_or_more_at_the_nominal_rate():
    rng = np.random.default_rng(31)
    draws = draw_clusters(60, resamples=300, seed=1)
    trials, claims = 300, 0
    for _ in range(trials):
        p = np.array([p_of(differ(rng, 0.7, seeds=1), draws, 0.7) for _ in range(4)])
        claims += bool((holm(p) <= 0.05).any())
    least, most = stats.binom.interval(0.999, trials, 0.05)
    assert least <= claims <= most


def row(measure, difference, error=0.01):
    return {"measure": measure, "difference": difference, "standard_error": error, "degrees_of_freedom": 50.0}


def test_the_tests_of_equivalence_are_a_family_of_their_own():
    rows = [row("map", 0.0), row("mrr", 0.0), row("map", 0.02), row("map", 0.0, None), row("map", 0.01)]
    found = equivalence_columns(rows, {"map": 0.03})
    p = [stats.t.sf((0.03 - difference) / 0.01, 50) for difference in (0.0, 0.02, 0.01)]
    assert [one["margin"] for one in found] == [0.03, None, 0.03, 0.03, 0.03]
    assert [one["p_equivalent"] for one in found] == pytest.approx([p[0], None, p[1], None, p[2]])
    # Of three tests, not of five: the smallest times 3, the next times 2, the largest as it is.
    assert [one["p_equivalent_corrected"] for one in found] == pytest.approx([3 * p[0], None, p[1], None, 2 * p[2]])
    assert equivalence_columns(rows, {})[0] == {"margin": None, "p_equivalent": None, "p_equivalent_corrected": None}
    assert equivalence_columns([], {"map": 0.03}) == []
