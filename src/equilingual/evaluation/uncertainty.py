"""How certain a weighted sum of models is, such as a difference: seeds and questions (or languages) both vary.

Models are paired by seed, and a model without seeds is the same for each. If some models have seeds that others lack,
the sum has a part for each group of seeds that the same models have, and the parts' seeds are drawn apart.
``docs/methods.md`` (Studies) has the formulas.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from equilingual.evaluation.two_levels import (
    Uncertainty,
    alike_p,
    are_alike,
    draw_seeds,
    two_level_means,
    widened_interval,
)
from equilingual.seeding import derive_seed

_TIE = 1e-12  # an estimate this near to 0 is 0 but for rounding


@dataclass(frozen=True)
class Spread:
    """How far an estimate would move with other questions, and with other seeds where a model has several.

    Attributes:
        low: the lower end of its 95% interval.
        high: the upper end.
        uncertainty: of the estimate.
        over_seeds: whether seeds vary, too: a model has several, and none that it is compared with has a single one.

    """

    low: float
    high: float
    uncertainty: Uncertainty
    over_seeds: bool

    def no_lower(self, p: float, estimate: float) -> float:
        """Return p of a test of questions alone; where seeds vary, too, no lower than that of the t-test."""
        return max(p, difference_p(estimate, self.uncertainty)) if self.over_seeds else p


def spread_of(
    weights: Mapping[str, float],
    seeds: Mapping[str, tuple[int, ...]],
    values: Mapping[str, np.ndarray],
    means: Mapping[str, np.ndarray],
    *,
    clusters: int,
    seed: int,
) -> Spread | None:
    """Return how certain a weighted sum of models is, clusters of questions being the units.

    Args:
        weights: by model.
        seeds: of each; none of a model that has no seed.
        values: of each, float64 [seeds].
        means: of each, float64 [resamples, seeds], the same in resamples of clusters; NaN in one without any question.
        clusters: how many there are.
        seed: of the draws of seeds.

    Returns:
        None for fewer than two clusters, or two resamples: nothing can be estimated.

    """
    parts = weighted_parts(weights, seeds, means)
    side_by_side = np.concatenate(parts, axis=1)
    kept = np.isfinite(side_by_side).all(axis=1)
    if clusters < 2 or kept.sum() < 2:
        return None
    width = side_by_side.shape[1]
    # A resample of n clusters has (n - 1) / n of the variance.
    covariance = np.cov(side_by_side[kept], rowvar=False).reshape(width, width) * (clusters / (clusters - 1))
    components = seed_components(weights, seeds, values)
    uncertainty = joint_uncertainty(components, [part.shape[1] for part in parts], [(covariance, clusters)])
    middle = float(mean_over_seeds(weighted_parts(weights, seeds, values)))
    low, high = widened_interval(middle, resample_seeds(parts, seed=seed)[kept], uncertainty)
    return Spread(low, high, uncertainty, bool(components))


@dataclass(frozen=True)
class _Group:
    """Seeds that the same models have, and all seeds that these models share, with others or not."""

    models: list[str]
    own: tuple[int, ...]
    shared: tuple[int, ...]


def _groups(names: Iterable[str], seeds: Mapping[str, tuple[int, ...]]) -> list[_Group]:
    """Return the groups of seeds, in the order of the models; those of a list of seeds each where that is too little.

    Two models that share a single seed, and have others, do not tell how much their sum varies with the seed.
    """
    seeded = [name for name in names if seeds[name]]
    members: dict[tuple[str, ...], list[int]] = {}
    for seed in dict.fromkeys(seed for name in seeded for seed in seeds[name]):
        members.setdefault(tuple(name for name in seeded if seed in seeds[name]), []).append(seed)
    found = [
        _Group(list(models), tuple(own), tuple(one for one in seeds[models[0]] if all(one in seeds[n] for n in models)))
        for models, own in members.items()
    ]
    if all(len(one.shared) > 1 for one in found):
        return found
    lists = dict.fromkeys(seeds[name] for name in seeded)
    return [_Group([name for name in seeded if seeds[name] == own], own, own) for own in lists]


def weighted_parts(
    weights: Mapping[str, float], seeds: Mapping[str, tuple[int, ...]], arrays: Mapping[str, np.ndarray]
) -> list[np.ndarray]:
    """Return the weighted sum of models as parts with seeds of their own; the sum is that of the parts' means.

    A part is a group of seeds that the same models have, in the order of the models. Where models share a single seed
    and have others, a part has the models with one list of seeds, which takes shared seeds for different ones. And
    where one of several models has a single seed, the sum is one of these trained models, and has one column, the
    mean over seeds.

    Args:
        weights: by model.
        seeds: of each; none of a model that has no seed, which goes into the first part.
        arrays: of each, float64 [..., seeds]; one column for a model without seeds.

    """
    groups = _groups(weights, seeds)
    found = [_sum_of(one, weights, seeds, arrays, one.own) for one in groups]
    fixed = [weight * arrays[name] for name, weight in weights.items() if not seeds[name]]
    found = found or [np.zeros_like(fixed[0])]
    for part in fixed:
        found[0] = found[0] + part
    if len(groups) > 1 and any(len(one.shared) == 1 for one in groups):
        return [mean_over_seeds(found)[..., None]]
    return found


def seed_components(
    weights: Mapping[str, float], seeds: Mapping[str, tuple[int, ...]], values: Mapping[str, np.ndarray]
) -> list[tuple[float, int]]:
    """Return what each part of :func:`weighted_parts` adds to the variance of the sum, and its degrees of freedom.

    The variance of a seed's value is estimated from all seeds that the part's models share, also those of other parts:
    a part may have a single seed.

    Args:
        weights: by model.
        seeds: of each; none of a model that has no seed.
        values: of each, float64 [seeds].

    Returns:
        Nothing where no seeds vary, or one of several models has a single seed.

    """
    groups = _groups(weights, seeds)
    if any(len(one.shared) == 1 for one in groups):
        return []
    sums = [_sum_of(one, weights, seeds, values, one.shared) for one in groups]
    return [
        (float(found.var(ddof=1)) / len(one.own), len(one.shared) - 1) for one, found in zip(groups, sums, strict=True)
    ]


def _sum_of(
    group: _Group,
    weights: Mapping[str, float],
    seeds: Mapping[str, tuple[int, ...]],
    arrays: Mapping[str, np.ndarray],
    picked: Sequence[int],
) -> np.ndarray:
    """Return the columns of some seeds of a group's models, weighted so that the mean over ``own`` is their share."""
    parts = [
        arrays[name][..., [seeds[name].index(seed) for seed in picked]]
        * (weights[name] * len(group.own) / len(seeds[name]))
        for name in group.models
    ]
    return np.asarray(sum(parts))


def mean_over_seeds(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return the sum over the parts of the mean over each part's seeds: float64 [...] of float64 [..., seeds]."""
    return np.asarray(sum(part.mean(axis=-1) for part in parts))


def resample_seeds(parts: Sequence[np.ndarray], *, seed: int) -> np.ndarray:
    """Return the sum over the parts in each resample, float64 [resamples]; each part's seeds are drawn apart.

    Args:
        parts: float64 [resamples, seeds] each, of :func:`weighted_parts`.
        seed: of the draws; the first part's are those of the report's intervals.

    """
    total = np.zeros(len(parts[0]))
    for number, means in enumerate(parts):
        own = derive_seed(seed, f"part-{number}") if number else seed
        total += two_level_means(means, draw_seeds(means.shape[1], resamples=len(means), seed=own))
    return total


def joint_uncertainty(
    components: Sequence[tuple[float, int]], sizes: Sequence[int], units: Sequence[tuple[np.ndarray, int]]
) -> Uncertainty:
    """Return the standard error of a sum over parts, and Satterthwaite's degrees of freedom.

    With one part and one kind of units it is that of :func:`equilingual.evaluation.two_levels.uncertainty_of`.

    Args:
        components: what seeds add to the variance, of :func:`seed_components`.
        sizes: how many seeds each part has.
        units: of each group of what varies besides the seeds: the covariance matrix of the mean over the group, of
            all parts' seeds side by side, float64 [seeds, seeds]; and how many units the group has, two or more.

    """
    components = [*components, *((max(_between(covariance, sizes), 0.0), count - 1) for covariance, count in units)]
    variance = sum(value for value, _ in components)
    spread = sum(value**2 / degrees for value, degrees in components)
    degrees = variance**2 / spread if spread else float(min(count for _, count in units) - 1)
    return Uncertainty(variance**0.5, degrees)


def _between(covariance: np.ndarray, sizes: Sequence[int]) -> float:
    """Return the variance of the sum over parts that different seeds share.

    Of two different seeds of a part, and of two seeds of different parts, it is their mean covariance. One seed alone
    has no other: all of its variance counts.
    """
    ends = np.cumsum([0, *sizes])
    total = 0.0
    for i, first in enumerate(sizes):
        for j, second in enumerate(sizes):
            block = covariance[ends[i] : ends[i + 1], ends[j] : ends[j + 1]]
            if i == j and first > 1:
                total += float(block.sum() - np.trace(block)) / (first * (first - 1))
            else:
                total += float(block.sum()) / (first * second)
    return total


def difference_p(estimate: float, uncertainty: Uncertainty) -> float:
    """Return p of the two-sided t-test that an estimate is 0; of units that are all alike, :func:`alike_p`."""
    if abs(estimate) <= _TIE:
        return 1.0
    if are_alike(estimate, uncertainty):
        return alike_p(uncertainty)
    return float(2 * stdtr(uncertainty.degrees_of_freedom, -abs(estimate) / uncertainty.standard_error))
