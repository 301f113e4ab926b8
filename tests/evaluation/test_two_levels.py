"""The bootstrap on two levels against a slow loop, scipy and an analysis of variance, and its coverage."""

import numpy as np
import pytest
from benchmark_tables import make_group
from scipy import stats

from equilingual.evaluation.bootstrap import PERCENTILES, draw_clusters, resampled_means
from equilingual.evaluation.two_levels import (
    Uncertainty,
    draw_seeds,
    intervals_over_seeds,
    two_level_interval,
    two_level_means,
    uncertainty_of,
)


def simulate(rng, *, seeds, clusters, of_seeds, of_clusters, of_both):
    """Return values with mean 0, float [seeds, clusters], from normal effects with these standard deviations."""
    return (
        rng.normal(0, of_seeds, (seeds, 1))
        + rng.normal(0, of_clusters, (1, clusters))
        + rng.normal(0, of_both, (seeds, clusters))
    )


def test_resamples_are_those_of_a_slow_loop():
    rng = np.random.default_rng(2)
    where = np.array([0, 0, 1, 2, 2, 2, 3])  # clusters of 2, 1, 3 and 1 questions
    values = rng.normal(size=(3, 7))
    clusters, seeds = draw_clusters(4, resamples=30, seed=1), draw_seeds(3, resamples=30, seed=1)
    slow = []
    for of_clusters, of_seeds in zip(clusters, seeds, strict=True):
        found = [
            values[seed, question]
            for seed in np.repeat(np.arange(3), of_seeds)
            for cluster in np.repeat(np.arange(4), of_clusters)
            for question in np.flatnonzero(where == cluster)
        ]
        slow.append(np.mean(found))
    means = resampled_means(values.T, where, clusters)
    assert two_level_means(means, seeds) == pytest.approx(slow)


def test_seeds_are_drawn_with_replacement_and_by_chance():
    drawn = draw_seeds(3, resamples=20_000, seed=1)
    assert (drawn.sum(axis=1) == 3).all()
    assert drawn.mean(axis=0) == pytest.approx([1, 1, 1], abs=0.03)
    assert (drawn.max(axis=1) == 3).mean() == pytest.approx(3 / 27, abs=0.01)  # one seed three times: 3 of 27 draws
    assert (draw_seeds(3, resamples=50, seed=2) != drawn[:50]).any()


@pytest.mark.parametrize("level", ["clusters", "seeds"])
def test_one_level_alone_is_scipys_bootstrap(level):
    rng = np.random.default_rng(4)
    varies = rng.lognormal(0, 1, 40)
    values = np.tile(varies, (40, 1)) if level == "clusters" else np.tile(varies[:, None], (1, 40))
    resamples = 20_000
    means = resampled_means(values.T, np.arange(40), draw_clusters(40, resamples=resamples, seed=1))
    found = np.percentile(two_level_means(means, draw_seeds(40, resamples=resamples, seed=1)), PERCENTILES)
    theirs = stats.bootstrap((varies,), np.mean, n_resamples=resamples, method="percentile", rng=5).confidence_interval
    assert found == pytest.approx([theirs.low, theirs.high], abs=0.05 * (theirs.high - theirs.low))


def test_the_standard_error_is_that_of_an_analysis_of_variance():
    rng = np.random.default_rng(6)
    seeds, clusters = 4, 25
    values = simulate(rng, seeds=seeds, clusters=clusters, of_seeds=0.3, of_clusters=1, of_both=0.5)
    # Two-way layout without repetitions, both factors random: the variance of the grand mean.
    rows, columns = values.mean(axis=1), values.mean(axis=0)
    of_rows = clusters * rows.var(ddof=1)
    of_columns = seeds * columns.var(ddof=1)
    residual = values - rows[:, None] - columns + values.mean()
    of_error = (residual**2).sum() / ((seeds - 1) * (clusters - 1))
    parts = np.array([of_rows, max(of_columns - of_error, 0)]) / (seeds * clusters)
    found = uncertainty_of(rows, draw_clusters(clusters, resamples=100_000, seed=1) / clusters @ values.T, clusters)
    assert found.standard_error == pytest.approx(np.sqrt(parts.sum()), rel=0.01)
    degrees = parts.sum() ** 2 / (parts[0] ** 2 / (seeds - 1) + parts[1] ** 2 / (clusters - 1))
    assert found.degrees_of_freedom == pytest.approx(degrees, rel=0.02)


def test_without_seeds_it_is_the_standard_error_of_a_mean():
    values = np.random.default_rng(8).normal(size=30)
    means = resampled_means(values[:, None], np.arange(30), draw_clusters(30, resamples=100_000, seed=1))
    found = uncertainty_of(values.mean(keepdims=True), means, 30)
    assert found.standard_error == pytest.approx(stats.sem(values), rel=0.01)
    assert found.degrees_of_freedom == pytest.approx(29)


def test_seeds_alone_are_a_t_interval():
    values = np.array([0.1, 0.4, 0.2])  # of 20 questions that all have the same value
    means = np.tile(values, (200, 1))
    found = uncertainty_of(values, means, 20)
    assert found.standard_error == pytest.approx(stats.sem(values))
    assert found.degrees_of_freedom == pytest.approx(2)
    low, high = two_level_interval(values, means, draw_seeds(3, resamples=200, seed=1), found)
    assert high - low == pytest.approx(2 * stats.t.ppf(0.975, 2) * stats.sem(values))
    assert low < values.mean() < high


def test_seeds_that_vary_against_each_other_take_nothing_from_the_error():
    values = np.array([0.1, 0.3])
    against = np.linspace(-0.4, 0.4, 100)  # of two seeds: where questions raise one, they lower the other
    found = uncertainty_of(values, np.stack([values[0] + against, values[1] - against], axis=1), 20)
    assert found.standard_error == pytest.approx(stats.sem(values))
    assert found.degrees_of_freedom == pytest.approx(1)


def test_what_does_not_vary_has_no_width_and_too_little_no_error():
    values = np.full(3, 0.5)
    means = np.full((50, 3), 0.5)
    found = uncertainty_of(values, means, 9)
    assert found == Uncertainty(0.0, 8.0)
    assert two_level_interval(values, means, draw_seeds(3, resamples=50, seed=1), found) == (0.5, 0.5)
    assert uncertainty_of(values, means, 1) is None
    assert uncertainty_of(values, means[:1], 9) is None


def test_an_interval_that_is_wide_enough_is_that_of_the_percentiles():
    rng = np.random.default_rng(9)
    values = simulate(rng, seeds=20, clusters=50, of_seeds=0.1, of_clusters=0.1, of_both=5)
    means = draw_clusters(50, resamples=1000, seed=1) / 50 @ values.T
    drawn = draw_seeds(20, resamples=1000, seed=1)
    own = values.mean(axis=1)
    found = two_level_interval(own, means, drawn, uncertainty_of(own, means, 50))
    assert found == pytest.approx(np.percentile(two_level_means(means, drawn), PERCENTILES))


@pytest.mark.parametrize(
    ("seeds", "of_seeds", "rate", "plain"),
    # Satterthwaite's degrees of freedom are too many where two seeds' spread is large and, by chance, looks small.
    [(20, 0.5, 0.95, None), (3, 1.0, 0.94, 0.85), (3, 0.1, 0.95, None), (2, 1.0, 0.88, 0.75)],
    ids=["many seeds", "three seeds that differ", "three seeds that hardly differ", "two seeds that differ"],
)
def test_an_interval_holds_the_mean_as_often_as_it_says(seeds, of_seeds, rate, plain):
    rng = np.random.default_rng(12)
    trials, clusters, resamples = 600, 60, 400
    draws, drawn = draw_clusters(clusters, resamples=resamples, seed=1), draw_seeds(seeds, resamples=resamples, seed=1)
    held = held_plain = held_questions = 0
    for _ in range(trials):
        values = simulate(rng, seeds=seeds, clusters=clusters, of_seeds=of_seeds, of_clusters=2, of_both=0.5)
        means, own = draws / clusters @ values.T, values.mean(axis=1)
        low, high = two_level_interval(own, means, drawn, uncertainty_of(own, means, clusters))
        ends = np.percentile(two_level_means(means, drawn), PERCENTILES)
        questions = np.percentile(means.mean(axis=1), PERCENTILES)
        held += low <= 0 <= high
        held_plain += ends[0] <= 0 <= ends[1]
        held_questions += questions[0] <= 0 <= questions[1]
    least, most = stats.binom.interval(0.999, trials, rate)
    assert least <= held <= most
    if plain:  # what the correction is for
        assert held_plain / trials < plain
        assert held_questions / trials < plain


def test_the_intervals_of_a_model_are_those_of_its_macro_averages():
    # Two languages with other questions each; two questions a paragraph. A language's mean has the same weight.
    rng = np.random.default_rng(14)
    asked = {"en": list(range(12)), "de": list(range(4, 16))}
    paragraphs = [f"p{n // 2}" for n in range(16)]
    ranks = {(seed, tag): rng.geometric(0.3, size=(12, 1)) for seed in range(3) for tag in asked}
    seeds = [
        [
            make_group("monolingual", tag, tag, ranks[seed, tag], [f"q{n}" for n in own], [paragraphs[n] for n in own])
            for tag, own in asked.items()
        ]
        for seed in range(3)
    ]
    found = intervals_over_seeds(seeds, resamples=400, seed=5)
    assert set(found) == {"monolingual", *(f"monolingual {one}" for one in ("recall@1", "recall@10", "mrr", "ndcg@10"))}
    interval = found["monolingual"]
    assert (interval["seeds"], interval["clusters"], interval["queries"]) == (3, 8, 24)
    values = [np.mean([(1 / ranks[seed, tag]).mean() for tag in asked]) for seed in range(3)]
    assert interval["value"] == pytest.approx(np.mean(values))
    slow = []
    order = sorted(set(paragraphs))
    draws, drawn = draw_clusters(8, resamples=400, seed=5), draw_seeds(3, resamples=400, seed=5)
    for of_clusters, of_seeds in zip(draws, drawn, strict=True):
        means = []
        for seed in np.repeat(np.arange(3), of_seeds):
            for tag, own in asked.items():
                times = np.array([of_clusters[order.index(paragraphs[n])] for n in own])
                means.append((times * (1 / ranks[seed, tag][:, 0])).sum() / times.sum())
        slow.append(np.mean(means))
    low, high = np.percentile(slow, PERCENTILES)
    width = 2 * stats.t.ppf(0.975, interval["degrees_of_freedom"]) * interval["standard_error"]
    factor = max(1, width / (high - low))
    assert interval["low"] == pytest.approx(interval["value"] + factor * (low - interval["value"]))
    assert interval["high"] == pytest.approx(interval["value"] + factor * (high - interval["value"]))


def test_a_single_paragraph_has_no_interval_over_seeds():
    group = make_group("monolingual", "en", "en", np.array([[1], [2]]), ["q1", "q2"], ["p", "p"])
    assert intervals_over_seeds([[group], [group]], resamples=10, seed=1) == {}
