"""The uncertainty of weighted sums against an analysis of variance, scipy's t-tests, and simulated truth."""

import numpy as np
import pytest
from scipy import stats

from equilingual.evaluation.bootstrap import draw_clusters
from equilingual.evaluation.two_levels import Uncertainty, draw_seeds, two_level_means, uncertainty_of
from equilingual.evaluation.uncertainty import (
    difference_p,
    joint_uncertainty,
    mean_over_seeds,
    resample_seeds,
    seed_components,
    weighted_parts,
)


def uncertainty_of_parts(parts, units):
    """The uncertainty where each part's seeds are all that its models have."""
    components = [(part.var(ddof=1) / len(part), len(part) - 1) for part in parts if len(part) > 1]
    return joint_uncertainty(components, [len(part) for part in parts], units)


def test_models_with_the_same_seeds_are_paired_and_others_are_not():
    arrays = {
        "a": np.array([[1.0, 2.0, 3.0]]),
        "b": np.array([[0.5, 1.0, 0.0]]),
        "c": np.array([[10.0, 20.0]]),
        "base": np.array([[4.0]]),
        "other": np.array([[1.0]]),
    }
    seeds = {"a": (1, 2, 3), "b": (1, 2, 3), "c": (1, 2), "base": (), "other": ()}
    weights = {"base": -2.0, "a": 1.0, "c": 0.5, "b": -1.0}
    first, second = weighted_parts(weights, seeds, arrays)
    # Seeds 1 and 2 are of all three models, seed 3 of two: each with its share of their means, the rest in the first.
    assert first.tolist() == [pytest.approx([2 / 3 * (1 - 0.5) + 5 - 8, 2 / 3 * (2 - 1) + 10 - 8])]
    assert second.tolist() == [pytest.approx([(3 - 0) / 3])]
    assert mean_over_seeds([first, second]).tolist() == pytest.approx([np.mean([0.5, 1.0, 3.0]) + 7.5 - 8])
    # The same number of seeds is not the same seeds: 1 and 2 are shared, 3 and 4 are not.
    assert len(weighted_parts({"a": 1.0, "b": -1.0}, {"a": (1, 2, 3), "b": (1, 2, 4)}, arrays)) == 3
    # With a single seed in common nothing tells how the sum varies with it: two lists, not paired.
    first, second = weighted_parts({"a": 1.0, "b": -1.0}, {"a": (1, 2, 3), "b": (3, 4, 5)}, arrays)
    assert (first.tolist(), second.tolist()) == ([[1.0, 2.0, 3.0]], [[-0.5, -1.0, 0.0]])
    # Without a second seed of one of them it is a sum of trained models.
    (mean,) = weighted_parts({"a": 1.0, "d": 1.0}, {"a": (1, 2, 3), "d": (1,)}, arrays | {"d": np.array([[7.0]])})
    assert mean.tolist() == [[9.0]]
    # Without any seed there is one part.
    assert weighted_parts({"base": 1.0, "other": -1.0}, seeds, arrays)[0].tolist() == [[3.0]]


def test_seeds_that_the_same_models_have_are_a_part_and_those_of_fewer_models_another():
    a, b = np.array([1.0, 2.0, 4.0, 8.0, 16.0]), np.array([3.0, 5.0, 7.0])
    seeds = {"a": (5, 1, 2, 3, 4), "b": (1, 2, 3)}
    first, second = weighted_parts({"a": 1.0, "b": -1.0}, seeds, {"a": a[None], "b": b[None]})
    # Seeds 5 and 4, which only a has, add (1 + 16) / 5; seeds 1 to 3 add (2 + 4 + 8) / 5 - 5.
    assert first.tolist() == [[2 / 5, 2 * 16 / 5]]
    assert second.tolist() == [pytest.approx([3 * 2 / 5 - 3, 3 * 4 / 5 - 5, 3 * 8 / 5 - 7])]
    assert mean_over_seeds([first, second]).tolist() == pytest.approx([a.mean() - b.mean()])


@pytest.mark.parametrize("shared", [True, False], ids=["the same effects", "other effects"])
@pytest.mark.parametrize("sign", [1, -1], ids=["sum", "difference"])
@pytest.mark.parametrize("fewer", [3, 4])
def test_models_that_share_some_seeds_are_rejected_as_often_as_alpha_says(shared, sign, fewer):
    rng = np.random.default_rng(29)
    trials, rejected = 600, 0
    for _ in range(trials):
        effects = rng.normal(0, 1, 5)
        a = effects + rng.normal(0, 0.1, 5)
        b = (effects[:fewer] if shared else rng.normal(0, 1, fewer)) + rng.normal(0, 0.1, fewer)
        weights, arrays = {"a": 0.5, "b": 0.5 * sign}, {"a": a, "b": b}
        seeds = {"a": (1, 2, 3, 4, 5), "b": tuple(range(1, fewer + 1))}
        parts = weighted_parts(weights, seeds, arrays)
        components = seed_components(weights, seeds, arrays)
        found = joint_uncertainty(components, [len(part) for part in parts], [(np.zeros((5, 5)), 60)])
        rejected += difference_p(float(mean_over_seeds(parts)), found) <= 0.05
    assert rejected <= stats.binom.ppf(0.999, trials, 0.08)  # five seeds are few


def test_the_variance_of_a_seed_that_one_model_lacks_is_that_of_all_seeds_of_the_other():
    a, b = np.array([1.0, 2.0, 4.0, 8.0]), np.array([3.0, 5.0, 7.0])
    seeds, weights = {"a": (1, 2, 3, 4), "b": (1, 2, 3)}, {"a": 1.0, "b": -1.0}
    paired = 3 * (a[:3] / 4 - b / 3)
    assert seed_components(weights, seeds, {"a": a, "b": b}) == [
        (pytest.approx(paired.var(ddof=1) / 3), 2),
        (pytest.approx(a.var(ddof=1) / 16), 3),  # of one seed in four
    ]
    # A single seed of a model tells nothing of others.
    assert seed_components(weights, {"a": (1, 2, 3, 4), "b": (1,)}, {"a": a, "b": b[:1]}) == []


def test_one_part_is_that_of_two_levels():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(4, 25))
    means = draw_clusters(25, resamples=500, seed=1) / 25 @ values.T
    covariance = np.cov(means, rowvar=False) * 25 / 24
    own = values.mean(axis=1)
    found, expected = uncertainty_of_parts([own], [(covariance, 25)]), uncertainty_of(own, means, 25)
    assert found.standard_error == pytest.approx(expected.standard_error)
    assert found.degrees_of_freedom == pytest.approx(expected.degrees_of_freedom)
    single = uncertainty_of_parts([own[:1]], [(covariance[:1, :1], 25)])
    assert single.standard_error == pytest.approx(covariance[0, 0] ** 0.5)
    assert single.degrees_of_freedom == pytest.approx(24)


def test_two_parts_without_other_units_are_welchs_t_test():
    # Questions that add nothing: what is left are two samples of seeds.
    a, b = np.array([0.2, 0.5, 0.3]), np.array([-0.1, 0.4, 0.0, -0.2, 0.9])
    found = uncertainty_of_parts([a, -b], [(np.zeros((8, 8)), 40)])
    theirs = stats.ttest_ind(a, b, equal_var=False)
    assert found.degrees_of_freedom == pytest.approx(theirs.df)
    assert difference_p(a.mean() - b.mean(), found) == pytest.approx(theirs.pvalue)


def test_two_groups_of_units_without_seeds_are_welchs_t_test():
    low, high = np.array([0.1, 0.3, 0.0, 0.25]), np.array([0.4, 0.2, 0.6])
    units = [(np.array([[one.var(ddof=1) / len(one)]]), len(one)) for one in (low, high)]
    found = uncertainty_of_parts([np.array([low.mean() - high.mean()])], units)
    theirs = stats.ttest_ind(low, high, equal_var=False)
    assert found.degrees_of_freedom == pytest.approx(theirs.df)
    assert difference_p(low.mean() - high.mean(), found) == pytest.approx(theirs.pvalue)


def test_the_variance_that_parts_share_is_that_of_questions_they_all_answer():
    # Two parts of opposite sign share the questions' effect: it cancels, and only seeds and their questions are left.
    rng = np.random.default_rng(5)
    clusters, shared = 400, rng.normal(0, 5, 400)
    values = [shared + rng.normal(0, 0.1, (size, clusters)) for size in (3, 4)]
    signed = np.concatenate([values[0], -values[1]])
    covariance = np.cov(signed) / clusters
    parts = [values[0].mean(axis=1), -values[1].mean(axis=1)]
    found = uncertainty_of_parts(parts, [(covariance, clusters)])
    seeds = sum(part.var(ddof=1) / len(part) for part in parts)
    assert found.standard_error == pytest.approx(seeds**0.5, abs=0.005)
    assert found.standard_error < 0.02 < (shared.var() / clusters) ** 0.5


def test_the_seeds_of_a_part_are_drawn_as_in_the_report_and_those_of_others_apart():
    first, second = np.arange(6.0).reshape(2, 3).repeat(50, axis=0), np.array([[0.0, 100.0, 200.0]]).repeat(100, axis=0)
    own = two_level_means(first, draw_seeds(3, resamples=100, seed=7))
    assert resample_seeds([first], seed=7) == pytest.approx(own)
    rest = resample_seeds([first, second], seed=7) - own
    assert set(np.round(rest * 3).astype(int)) <= {0, 100, 200, 300, 400, 500, 600}
    assert abs(np.corrcoef(own[:50], rest[:50])[0, 1]) < 0.5


@pytest.mark.parametrize(
    ("estimate", "error", "p"), [(0.0, 0.0, 1.0), (1e-15, 0.0, 1.0), (0.1, 0.0, 2 / 64), (0.0, 1.0, 1.0)]
)
def test_what_does_not_vary(estimate, error, p):
    assert difference_p(estimate, Uncertainty(error, 5.0)) == p


@pytest.mark.parametrize("sizes", [(3,), (3, 5)], ids=["paired seeds", "other seeds"])
def test_a_true_null_is_rejected_as_often_as_alpha_says(sizes):
    rng = np.random.default_rng(17)
    trials, clusters, rejected, by_questions = 700, 40, 0, 0
    for _ in range(trials):
        shared = rng.normal(0, 1, clusters)
        signs = (1, -1)
        values = [
            sign * (shared + rng.normal(0, 0.3, (size, 1)) + rng.normal(0, 0.5, (size, clusters)))
            for sign, size in zip(signs, sizes, strict=False)
        ]
        covariance = np.atleast_2d(np.cov(np.concatenate(values))) / clusters
        parts = [one.mean(axis=1) for one in values]
        estimate = float(mean_over_seeds(parts))
        rejected += difference_p(estimate, uncertainty_of_parts(parts, [(covariance, clusters)])) <= 0.05
        of_questions = sum(one.mean(axis=0) for one in values)
        by_questions += stats.ttest_1samp(of_questions, 0).pvalue <= 0.05
    low, high = stats.binom.interval(0.999, trials, 0.05)
    assert low * 0.5 <= rejected <= high
    assert by_questions > 2 * rejected  # what seeds as a second random factor are for
