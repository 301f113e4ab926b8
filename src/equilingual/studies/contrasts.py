"""The contrasts of a study: estimate, interval, p, equivalence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from equilingual.config.study_settings import Contrast
from equilingual.evaluation.equivalence import equivalence_p
from equilingual.evaluation.significance import permutation_p
from equilingual.evaluation.two_levels import Uncertainty, widened_interval
from equilingual.evaluation.uncertainty import (
    difference_p,
    joint_uncertainty,
    mean_over_seeds,
    resample_seeds,
    seed_components,
    spread_of,
    weighted_parts,
)
from equilingual.seeding import generator
from equilingual.studies.samples import Questions, Sample, Sums, language_values, sample_of


@dataclass(frozen=True)
class Draws:
    """How chance is drawn.

    Attributes:
        permutations: number of sign permutations.
        resamples: of the intervals.
        seed: of both.

    """

    permutations: int
    resamples: int
    seed: int


@dataclass(frozen=True)
class Scores:
    """What the models of a contrast have in one setting of a benchmark, by one measure.

    Attributes:
        questions: of the setting.
        sums: what each seed of each model has.
        seeds: of each model; none of a model without seeds.

    """

    questions: Questions
    sums: Mapping[str, Sequence[Sums]]
    seeds: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Estimate:
    """A contrast, estimated.

    Attributes:
        estimate: the weighted sum, the mean over seeds.
        low: the lower end of its 95% interval; None, as all that follows, where there is too little to estimate from.
        high: the upper end.
        p: of the estimate being 0, not corrected.
        uncertainty: of the estimate.
        units: how many clusters of questions, or languages, it rests on.

    """

    estimate: float
    low: float | None
    high: float | None
    p: float
    uncertainty: Uncertainty | None
    units: int

    def p_equivalent(self, margin: float | None) -> float | None:
        """Return p of two one-sided tests within a margin; None where there is no margin, or nothing to test by."""
        if margin is None or self.uncertainty is None:
            return None
        return equivalence_p(self.estimate, self.uncertainty, margin)


def estimate_contrast(
    asked: Contrast, scores: Scores, groups: Mapping[str, Sequence[str]], draws: Draws
) -> tuple[Estimate, dict[str, int | None]]:
    """Return a contrast's estimate, and on how many seeds, questions and clusters it rests.

    Args:
        asked: the contrast.
        scores: of its models.
        groups: the tags of each named group of query languages.
        draws: how chance is drawn.

    """
    of = [None if asked.languages is None else groups[asked.languages]]
    of += [groups[asked.minus]] if asked.minus is not None else []
    columns = [scores.questions.columns(tags) for tags in of]
    by = _by_language if asked.unit == "language" else _by_question
    counts = [len(scores.seeds[name]) for name in asked.models if scores.seeds[name]]
    questions, clusters = scores.questions.size([number for one in columns for number in one])
    size = {"seeds": min(counts, default=None), "questions": questions, "clusters": clusters}
    return by(asked.models, scores, columns, draws), size


def _by_question(
    weights: Mapping[str, float], scores: Scores, columns: Sequence[Sequence[int]], draws: Draws
) -> Estimate:
    """Return the estimate whose units are clusters of questions; a second group of languages is subtracted."""
    own = {name: difference_of(scores.sums[name], scores.questions, columns) for name in weights}
    clusters = scores.questions.size([number for one in columns for number in one])[1]
    return estimate_of(weights, own, scores.seeds, clusters=clusters, draws=draws)


def difference_of(sums: Sequence[Sums], questions: Questions, columns: Sequence[Sequence[int]]) -> Sample:
    """Return a model's macro-average over a group of query languages, less that over a second group if there is one."""
    first, *others = (sample_of(sums, questions, one) for one in columns)
    for other in others:
        first = Sample(first.values - other.values, first.means - other.means, first.shares - other.shares)
    return first


def estimate_of(
    weights: Mapping[str, float],
    samples: Mapping[str, Sample],
    seeds: Mapping[str, tuple[int, ...]],
    *,
    clusters: int,
    draws: Draws,
) -> Estimate:
    """Return a weighted sum of models, clusters of questions being the units.

    p is that of the sign flips of whole clusters. Where a model has several seeds it is no lower than that of the
    t-test, for which seeds vary, too.

    Args:
        weights: by model.
        samples: of each model.
        seeds: of each model.
        clusters: how many there are.
        draws: how chance is drawn.

    """
    own = {part: {name: getattr(samples[name], part) for name in weights} for part in ("values", "means", "shares")}
    values, shares = (weighted_parts(weights, seeds, own[part]) for part in ("values", "shares"))
    estimate = float(mean_over_seeds(values))
    flips = mean_over_seeds(shares)[:, None]
    rng = generator(draws.seed, "permutations")
    p = float(permutation_p(flips, permutations=draws.permutations, rng=rng)[0])
    spread = spread_of(weights, seeds, own["values"], own["means"], clusters=clusters, seed=draws.seed)
    if spread is None:
        return Estimate(estimate, None, None, p, None, clusters)
    return Estimate(estimate, spread.low, spread.high, spread.no_lower(p, estimate), spread.uncertainty, clusters)


def _by_language(
    weights: Mapping[str, float], scores: Scores, columns: Sequence[Sequence[int]], draws: Draws
) -> Estimate:
    """Return the estimate whose units are query languages; those of a second group are subtracted."""
    groups = []  # of each group of languages the parts, float64 [languages, seeds]
    signs = [1.0, -1.0][: len(columns)]
    means_of = dict.fromkeys(weights, np.zeros(1))  # float64 [seeds]
    for sign, own in zip(signs, columns, strict=True):
        values = {name: language_values(scores.sums[name], scores.questions, own) for name in weights}
        groups.append(weighted_parts(weights, scores.seeds, values))
        means_of = {name: means_of[name] + sign * values[name].mean(axis=0) for name in weights}
    parts = [
        np.asarray(sum(sign * group[number].mean(axis=0) for sign, group in zip(signs, groups, strict=True)))
        for number in range(len(groups[0]))
    ]
    estimate, languages = float(mean_over_seeds(parts)), sum(map(len, columns))
    if min(map(len, columns)) < 2:
        return Estimate(estimate, None, None, 1.0, None, languages)
    units = [(_covariance(np.concatenate(group, axis=1)), len(own)) for group, own in zip(groups, columns, strict=True)]
    components = seed_components(weights, scores.seeds, means_of)
    uncertainty = joint_uncertainty(components, [len(part) for part in parts], units)
    means = [np.zeros((draws.resamples, part.shape[0])) for part in parts]
    for number, (sign, group, own) in enumerate(zip(signs, groups, columns, strict=True)):
        rng = generator(draws.seed, "languages", str(number))
        drawn = rng.multinomial(len(own), np.full(len(own), 1 / len(own)), draws.resamples) / len(own)
        means = [mean + sign * drawn @ part for mean, part in zip(means, group, strict=True)]
    low, high = widened_interval(estimate, resample_seeds(means, seed=draws.seed), uncertainty)
    return Estimate(estimate, low, high, difference_p(estimate, uncertainty), uncertainty, languages)


def _covariance(values: np.ndarray) -> np.ndarray:
    """Return the covariance matrix of the mean over languages, float64 [seeds, seeds], of [languages, seeds]."""
    width = values.shape[1]
    return np.asarray(np.cov(values, rowvar=False).reshape(width, width) / len(values))


def outcome_of(row: Mapping[str, Any], *, alpha: float) -> str:
    """Return ``above`` or ``below`` 0, ``equivalent``, or ``not shown``.

    A difference is shown where the corrected p is no higher than ``alpha`` and the interval does not contain 0.
    """
    low, high = row["low"], row["high"]
    if low is not None and row["p_corrected"] <= alpha and not low <= 0 <= high:
        return "above" if row["estimate"] > 0 else "below"
    p = row["p_equivalent_corrected"]
    return "equivalent" if p is not None and p <= alpha else "not shown"
