"""The tests against exact enumeration, scipy, a slow loop, and what they promise: the nominal rate under the null."""

import itertools

import numpy as np
import pytest
from scipy import stats

from equilingual.evaluation import significance
from equilingual.evaluation.bootstrap import draw_clusters, resampled_means
from equilingual.evaluation.significance import (
    clustered_intervals,
    effect_sizes,
    holm,
    permutation_p,
    question_shares,
)
from equilingual.seeding import generator


def p_of(differences, permutations=20_000, seed=1):
    return permutation_p(np.asarray(differences), permutations=permutations, rng=generator(seed, "test"))


def exact_p(differences):
    """The share of all 2^n flips with a mean as far from 0: in whole numbers, so that ties are ties."""
    observed = abs(sum(differences))
    flips = list(itertools.product((1, -1), repeat=len(differences)))
    reached = sum(
        abs(sum(sign * value for sign, value in zip(signs, differences, strict=True))) >= observed for signs in flips
    )
    return reached / len(flips)


@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_p_is_that_of_all_flips_within_chance(count):
    rng = np.random.default_rng(count)
    whole = rng.integers(-9, 14, size=(count, 6))
    expected = np.array([exact_p(column.tolist()) for column in whole.T])
    # Tenths and not whole numbers: 0.1 + 0.2 and 0.3 are a tie, and no two floats.
    found = p_of(whole / 10, permutations=40_000)
    assert np.abs(found - expected).max() <= 4.5 * np.sqrt(0.25 / 40_000)
    certain = expected == 1.0
    assert (found[certain] == 1.0).all()


def test_p_agrees_with_scipy():
    rng = np.random.default_rng(7)
    differences = rng.normal(0.2, 1, size=(60, 4)) ** 3
    found = p_of(differences, permutations=20_000)
    for column, ours in zip(differences.T, found, strict=True):
        theirs = stats.permutation_test(
            (column, np.zeros(60)),
            lambda x, y, axis: np.mean(x - y, axis=axis),
            permutation_type="samples",
            n_resamples=20_000,
            vectorized=True,
            rng=3,
        )
        assert ours == pytest.approx(theirs.pvalue, abs=4.5 * np.sqrt(2 * max(ours, 1e-3) / 20_000))


def test_p_is_never_zero_and_counts_the_observed_signs():
    assert p_of(np.full((40, 1), 0.3), permutations=999)[0] == 1 / 1000
    assert p_of(np.zeros((40, 2)), permutations=999).tolist() == [1.0, 1.0]


def test_draws_are_those_of_the_seed_whatever_is_held_at_once(monkeypatch):
    differences = np.random.default_rng(1).normal(0.1, 1, size=(130, 3))
    once = p_of(differences, permutations=5000)
    assert p_of(differences, permutations=5000, seed=2).tolist() != once.tolist()
    monkeypatch.setattr(significance, "_SIGNS_AT_ONCE", 130 * 7)
    assert p_of(differences, permutations=5000).tolist() == once.tolist()
    # A comparison has the same p alone and among others: they share the draws and nothing else.
    assert p_of(differences[:, 1:2], permutations=5000)[0] == once[1]


def test_every_sign_is_flipped_alike_and_alone():
    # All of the weight on one question: it is flipped or not, and both are as far from 0.
    for question in (0, 63, 64, 129):
        lone = np.zeros((130, 1))
        lone[question] = 1.0
        assert p_of(lone, permutations=200)[0] == 1.0
    # Two questions of equal weight: half of the draws have unequal signs, and a sum of 0.
    for pair in [(0, 1), (0, 64), (5, 129), (63, 127)]:
        two = np.zeros((130, 1))
        two[list(pair)] = 1.0
        assert p_of(two, permutations=10_000)[0] == pytest.approx(0.5, abs=0.025)


def test_the_null_is_rejected_at_the_nominal_rate():
    # Skewed and heavy-tailed differences whose signs are those of a coin: no difference between the models.
    rng = np.random.default_rng(11)
    trials = 2000
    differences = rng.lognormal(0, 1.5, size=(50, trials)) * rng.choice([-1, 1], size=(50, trials))
    p = p_of(differences, permutations=1999)
    for alpha in (0.01, 0.05, 0.2):
        low, high = stats.binom.interval(0.999, trials, alpha)
        assert low <= (p <= alpha).sum() <= high, alpha
    assert stats.kstest(p, "uniform").pvalue > 0.001


def test_a_planted_difference_is_found_and_a_smaller_one_less_often():
    rng = np.random.default_rng(13)
    found = []
    for planted in (0.0, 0.05, 0.3):
        p = p_of(rng.normal(planted, 1, size=(200, 200)), permutations=1999)
        found.append((p <= 0.05).mean())
    assert found[0] < 0.12
    assert found[0] < found[1] < 0.4
    assert found[2] > 0.95  # power of a t-test: 0.988


@pytest.mark.parametrize("differences", [np.zeros((0, 1)), np.array([[0.1], [np.nan]]), np.array([[np.inf]])])
def test_what_cannot_be_tested_is_refused(differences):
    with pytest.raises(ValueError, match="one finite difference or more"):
        p_of(differences, permutations=10)


def test_holm_on_worked_examples():
    # Holm 1979 as worked in textbooks: 0.01, 0.04, 0.03, 0.005 of four tests.
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    # What R's p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") prints.
    assert holm(np.array([0.01, 0.02, 0.03, 0.04, 0.05])) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert holm(np.array([0.7, 0.6])).tolist() == [1.0, 1.0]
    assert holm(np.array([0.02, 0.02])) == pytest.approx([0.04, 0.04])
    assert holm(np.array([])).tolist() == []


def test_holm_rejects_what_its_definition_rejects():
    rng = np.random.default_rng(3)
    for _ in range(50):
        p = rng.uniform(0, 0.1, size=8) ** 2
        rejected = np.zeros(8, dtype=bool)
        for step, which in enumerate(np.argsort(p)):  # step down until the first that is not rejected
            if p[which] > 0.05 / (8 - step):
                break
            rejected[which] = True
        assert ((holm(p) <= 0.05) == rejected).all()


def test_intervals_are_those_of_a_slow_loop_over_clusters():
    rng = np.random.default_rng(5)
    clusters = rng.integers(0, 20, size=150)
    clusters[:20] = np.arange(20)  # none is empty
    differences = rng.normal(size=(150, 3))
    draws = draw_clusters(20, resamples=40, seed=4)
    assert (draws.sum(axis=1) == 20).all()
    means = np.array(
        [
            np.mean(
                [
                    value
                    for cluster in range(20)
                    for _ in range(draw[cluster])
                    for value in differences[clusters == cluster]
                ],
                axis=0,
            )
            for draw in draws
        ]
    )
    assert resampled_means(differences, clusters, draws) == pytest.approx(means)
    low, high = clustered_intervals(differences, clusters, draws)
    assert low == pytest.approx(np.quantile(means, 0.025, axis=0))
    assert high == pytest.approx(np.quantile(means, 0.975, axis=0))


def test_a_resample_without_any_row_has_no_mean():
    draws = np.array([[2, 0], [0, 2], [1, 1]])
    means = resampled_means(np.array([[3.0], [5.0]]), np.array([0, 0]), draws)
    assert means[:, 0] == pytest.approx([4.0, np.nan, 4.0], nan_ok=True)


def test_an_interval_holds_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(17)
    clusters = np.arange(240).repeat(5)
    # Questions of a paragraph differ alike: what they share has twice the variance of what they do not.
    trials = rng.normal(0, 1.4, size=(240, 300)).repeat(5, axis=0) + rng.normal(0, 1, size=(1200, 300))
    low, high = clustered_intervals(trials, clusters, draw_clusters(240, resamples=500, seed=1))
    covered = ((low <= 0) & (high >= 0)).mean()
    assert covered == pytest.approx(0.95, abs=0.04)
    alone_low, alone_high = clustered_intervals(trials, np.arange(1200), draw_clusters(1200, resamples=500, seed=1))
    assert ((alone_low <= 0) & (alone_high >= 0)).mean() < 0.8


def test_effect_sizes_and_shares_by_hand():
    differences = np.array([[1.0, 0.0, 0.2], [2.0, 0.0, 0.2], [-3.0, 0.0, 0.2], [4.0, 0.0, 0.2]])
    sizes = effect_sizes(differences)
    assert sizes[0] == pytest.approx(1.0 / np.sqrt((0 + 1 + 16 + 9) / 3))
    assert sizes[1] == 0.0
    assert np.isnan(sizes[2])
    assert np.isnan(effect_sizes(differences[:1])).all()
    above, below, equal = question_shares(differences)
    assert (above.tolist(), below.tolist(), equal.tolist()) == ([0.75, 0.0, 1.0], [0.25, 0.0, 0.0], [0.0, 1.0, 0.0])
    # Sums in another order are no difference.
    noisy = np.array([[0.1 + 0.2 - 0.3], [0.5]])
    assert question_shares(noisy)[2].tolist() == [0.5]
