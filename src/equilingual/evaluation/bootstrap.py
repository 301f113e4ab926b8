"""95% intervals of the macro-averages, and of each query language in each pool.

The same questions are asked in every language and share paragraphs, so queries are not independent: whole
clusters (paragraphs) are resampled, with all their questions in all languages, and the figures are worked out anew each
time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from equilingual.evaluation.catalogue import MEASURES
from equilingual.seeding import generator

if TYPE_CHECKING:
    from equilingual.evaluation.groups import Group

MEAN = "mean"
PERCENTILES = (2.5, 97.5)  # the ends of a 95% interval


def draw_clusters(clusters: int, *, resamples: int, seed: int) -> np.ndarray:
    """Return how often each resample contains each cluster: int64 [resamples, clusters]; all rows have the same sum."""
    return generator(seed, "bootstrap").multinomial(clusters, np.full(clusters, 1 / clusters), resamples)


def resampled_means(values: np.ndarray, where: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Return the mean of each column in each resample.

    Args:
        values: float [rows, columns].
        where: int [rows], the cluster of each row.
        draws: int [resamples, clusters], of :func:`draw_clusters`.

    Returns:
        float64 [resamples, columns]; NaN in a resample that has none of the rows.

    """
    used, where = np.unique(where, return_inverse=True)
    drawn = draws if len(used) == draws.shape[1] else draws[:, used]
    drawn = drawn.astype(np.float64)
    sums = np.stack([np.bincount(where, weights=column, minlength=len(used)) for column in values.T], axis=1)
    size = (drawn @ np.bincount(where, minlength=len(used)).astype(np.float64))[:, None]
    means: np.ndarray = np.divide(drawn @ sums, size, out=np.full((len(draws), sums.shape[1]), np.nan), where=size > 0)
    return means


@dataclass(frozen=True)
class Intervals:
    """95% intervals of one model on one benchmark.

    Attributes:
        means: by :func:`interval_name` of the setting and the measure, of macro-averages: ``value``, ``low``, ``high``
            (the 2.5th and 97.5th percentiles of the resampled macro-averages), ``queries`` (query-pool combinations
            behind it) and ``clusters``.
        groups: the lower and the upper end of each query language in each pool, by setting, query language, pool and
            measure.

    """

    means: dict[str, dict[str, float]]
    groups: dict[tuple[str, str, str, str], tuple[float, float]]

    def of(self, setting: str, query_language: str, pool: str, measure: str) -> tuple[float, float] | None:
        """Return the ends of one figure's interval, of a macro-average for ``mean`` and ``mean``; None without one."""
        if (query_language, pool) != (MEAN, MEAN):
            return self.groups.get((setting, query_language, pool, measure))
        found = self.means.get(interval_name(setting, measure))
        return (found["low"], found["high"]) if found else None


def bootstrap_intervals(groups: Sequence["Group"], *, resamples: int, seed: int, bitext: bool = False) -> Intervals:
    """Return percentile intervals of the macro-averages and of each group, all from the same draws of clusters.

    Args:
        groups: of :func:`equilingual.evaluation.groups.read_groups`.
        resamples: how many.
        seed: of the resampling.
        bitext: whether sentences are matched with their translations: accuracy has an interval, too.

    """
    clusters = sorted({cluster for group in groups for cluster in group.clusters})
    draws = draw_clusters(len(clusters), resamples=resamples, seed=seed)
    found = Intervals({}, {})
    for setting in dict.fromkeys(group.setting for group in groups):
        here = [group for group in groups if group.setting == setting]
        values_of = [_values_of(group, bitext) for group in here]
        names = list(values_of[0])
        values = [np.stack([own[name] for name in names], axis=1) for own in values_of]
        means, ends = _intervals(values, [group.clusters.tolist() for group in here], clusters, draws)
        found.means.update(zip((interval_name(setting, name) for name in names), means, strict=True))
        for group, own in zip(here, ends, strict=True):
            for name, (low, high) in zip(names, own.T.tolist(), strict=True):
                found.groups[setting, group.query_language, group.pool, name] = (low, high)
    return found


def interval_name(setting: str, measure: str) -> str:
    """Return what an interval is called: the setting's name is that of its mAP."""
    if measure == "map":
        return setting
    return measure if measure == "rank_distance" else f"{setting} {measure}"


def _values_of(group: "Group", bitext: bool) -> dict[str, np.ndarray]:
    """Return the measures that have intervals, float [queries] each."""
    return {
        measure.name: group.values(measure.of)
        for measure in MEASURES.values()
        if measure.interval and measure.of is not None and measure.is_taken(group, bitext=bitext)
    }


def _intervals(
    values: Sequence[np.ndarray], members: Sequence[Sequence[str]], clusters: Sequence[str], draws: np.ndarray
) -> tuple[list[dict[str, float]], list[np.ndarray]]:
    """Return, for each column, the interval of the mean over groups of each group's mean; then each group's own.

    ``values`` are float [queries, columns] of each group, ``draws`` is int [resamples, clusters]. A group's own
    intervals are float [2, columns].
    """
    position = {cluster: number for number, cluster in enumerate(clusters)}
    totals = np.zeros((len(draws), values[0].shape[1]))
    counted = np.zeros((len(draws), 1))
    ends = []
    for group, belongs in zip(values, members, strict=True):
        where = np.array([position[cluster] for cluster in belongs])
        means = resampled_means(group, where, draws)
        # A resample may have no question of a small pair of languages; the pair is left out of that resample's mean.
        ends.append(np.percentile(means[~np.isnan(means[:, 0])], PERCENTILES, axis=0))
        totals += np.nan_to_num(means)
        counted += ~np.isnan(means[:, :1])
    drawn = counted[:, 0] > 0
    low, high = np.percentile(totals[drawn] / counted[drawn], PERCENTILES, axis=0)
    middle = np.mean([group.mean(axis=0) for group in values], axis=0)
    size = {
        "queries": sum(len(group) for group in values),
        "clusters": len({cluster for belongs in members for cluster in belongs}),
    }
    intervals = [
        {"value": float(value), "low": float(own[0]), "high": float(own[1]), **size}
        for value, own in zip(middle, np.stack([low, high], axis=1), strict=True)
    ]
    return intervals, ends
