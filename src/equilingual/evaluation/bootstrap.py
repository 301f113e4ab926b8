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
        draws: int or float [resamples, clusters], of :func:`draw_clusters`.

    Returns:
        float64 [resamples, columns]; NaN in a resample that has none of the rows.

    """
    used, where = np.unique(where, return_inverse=True)
    drawn = draws if len(used) == draws.shape[1] else draws[:, used]
    drawn = drawn.astype(np.float64, copy=False)
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
    result = Intervals({}, {})
    for setting, found in resampled_averages(groups, resamples=resamples, seed=seed, bitext=bitext).items():
        low, high = np.percentile(found.means, PERCENTILES, axis=0)
        for number, name in enumerate(found.measures):
            ends = {"value": float(found.values[number]), "low": float(low[number]), "high": float(high[number])}
            size = {"queries": found.queries, "clusters": found.clusters}
            result.means[interval_name(setting, name)] = {**ends, **size}
            for (language, pool), own in found.groups.items():
                result.groups[setting, language, pool, name] = (float(own[0, number]), float(own[1, number]))
    return result


@dataclass(frozen=True)
class Resampled:
    """The macro-averages of one setting, and the same in each resample.

    Attributes:
        measures: the names of the columns.
        values: float [columns], of all questions.
        means: float [resamples, columns]; resamples without any question of the setting are left out.
        groups: the 95% interval of each query language and pool, float [2, columns].
        queries: the query-pool combinations behind an average.
        clusters: how many clusters these are in.

    """

    measures: list[str]
    values: np.ndarray
    means: np.ndarray
    groups: dict[tuple[str, str], np.ndarray]
    queries: int
    clusters: int


def resampled_averages(
    groups: Sequence["Group"], *, resamples: int, seed: int, bitext: bool = False
) -> dict[str, Resampled]:
    """Return the macro-averages by setting; arguments as in :func:`bootstrap_intervals`.

    Models that were asked the same questions have the same resamples.
    """
    clusters = sorted({cluster for group in groups for cluster in group.clusters})
    draws = draw_clusters(len(clusters), resamples=resamples, seed=seed).astype(np.float64)  # once for all groups
    result = {}
    for setting in dict.fromkeys(group.setting for group in groups):
        here = [group for group in groups if group.setting == setting]
        found = [_values_of(group, bitext) for group in here]
        names = list(found[0])
        values = [np.stack([own[name] for name in names], axis=1) for own in found]
        members = [group.clusters.tolist() for group in here]
        means, ends = _resampled(values, members, clusters, draws)
        result[setting] = Resampled(
            measures=names,
            values=np.mean([group.mean(axis=0) for group in values], axis=0),
            means=means,
            groups={(group.query_language, group.pool): own for group, own in zip(here, ends, strict=True)},
            queries=sum(len(group) for group in values),
            clusters=len({cluster for belongs in members for cluster in belongs}),
        )
    return result


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


def _resampled(
    values: Sequence[np.ndarray], members: Sequence[Sequence[str]], clusters: Sequence[str], draws: np.ndarray
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return, for each column, the mean over groups of each group's mean in each resample; then the groups' intervals.

    ``values`` are float [queries, columns] of each group, ``draws`` is float [resamples, clusters]. A group's interval
    is float [2, columns].
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
    averages: np.ndarray = totals[drawn] / counted[drawn]
    return averages, ends
