"""95% intervals of the macro-averages, and of each query language in each pool.

The same questions are asked in every language and share paragraphs, so queries are not independent: whole
clusters (paragraphs) are resampled, with all their questions in all languages, and the figures are worked out anew each
time.
"""

from collections.abc import Mapping, Sequence
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
    found = resampled_averages(groups, resamples=resamples, seed=seed, bitext=bitext)
    for (setting, name), one in found.items():
        low, high = map(float, np.percentile(one.means, PERCENTILES))
        size = {"queries": one.queries, "clusters": one.clusters}
        result.means[interval_name(setting, name)] = {"value": one.value, "low": low, "high": high, **size}
        for (language, pool), ends in one.groups.items():
            result.groups[setting, language, pool, name] = ends
    return result


@dataclass(frozen=True)
class Resampled:
    """The macro-average of one measure in one setting, and the same in each resample.

    Attributes:
        value: of all questions.
        means: float64 [resamples]; resamples without any question of the measure are left out.
        groups: the 95% interval of each query language and pool that has the measure.
        queries: the query-pool combinations behind the average.
        clusters: how many clusters these are in.

    """

    value: float
    means: np.ndarray
    groups: dict[tuple[str, str], tuple[float, float]]
    queries: int
    clusters: int


def resampled_averages(
    groups: Sequence["Group"], *, resamples: int, seed: int, bitext: bool = False
) -> dict[tuple[str, str], Resampled]:
    """Return the macro-averages by setting and measure; arguments as in :func:`bootstrap_intervals`.

    A measure that not all groups of a setting have is averaged over those that have it, as in ``results/scores.csv``.
    Models that were asked the same questions have the same resamples.
    """
    clusters = sorted({cluster for group in groups for cluster in group.clusters})
    draws = draw_clusters(len(clusters), resamples=resamples, seed=seed).astype(np.float64)  # once for all groups
    result: dict[tuple[str, str], Resampled] = {}
    for setting in dict.fromkeys(group.setting for group in groups):
        here = [group for group in groups if group.setting == setting]
        values = [_values_of(group, bitext) for group in here]
        names = dict.fromkeys(name for own in values for name in own)
        having = {name: tuple(number for number, own in enumerate(values) if name in own) for name in names}
        found: dict[str, Resampled] = {}
        for numbers in dict.fromkeys(having.values()):
            alike = [name for name in names if having[name] == numbers]
            some = [{name: values[number][name] for name in alike} for number in numbers]
            found |= _resampled([here[number] for number in numbers], some, clusters, draws)
        result |= {(setting, name): found[name] for name in names}
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
    groups: Sequence["Group"], values: Sequence[Mapping[str, np.ndarray]], clusters: Sequence[str], draws: np.ndarray
) -> dict[str, Resampled]:
    """Return the macro-averages of measures that all of some groups have.

    Args:
        groups: of one setting.
        values: of each group by measure, float [queries].
        clusters: of all questions.
        draws: float [resamples, clusters].

    """
    position = {cluster: number for number, cluster in enumerate(clusters)}
    columns = [np.stack(list(own.values()), axis=1) for own in values]
    totals = np.zeros((len(draws), columns[0].shape[1]))
    counted = np.zeros((len(draws), 1))
    ends = []
    for group, own in zip(groups, columns, strict=True):
        means = resampled_means(own, np.array([position[cluster] for cluster in group.clusters.tolist()]), draws)
        # A resample may have no question of a small pair of languages; the pair is left out of that resample's mean.
        ends.append(np.percentile(means[~np.isnan(means[:, 0])], PERCENTILES, axis=0).T.tolist())
        totals += np.nan_to_num(means)
        counted += ~np.isnan(means[:, :1])
    drawn = counted[:, 0] > 0
    averages, all_ = totals[drawn] / counted[drawn], np.mean([own.mean(axis=0) for own in columns], axis=0)
    places = [(group.query_language, group.pool) for group in groups]
    size = {
        "queries": sum(map(len, columns)),
        "clusters": len({cluster for group in groups for cluster in group.clusters.tolist()}),
    }
    return {
        name: Resampled(
            value=float(all_[number]),
            means=averages[:, number],
            groups={place: (own[number][0], own[number][1]) for place, own in zip(places, ends, strict=True)},
            **size,
        )
        for number, name in enumerate(values[0])
    }
