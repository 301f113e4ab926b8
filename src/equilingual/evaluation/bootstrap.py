"""95% intervals of the macro-averages.

The same questions are asked in every language and share paragraphs, so queries are not independent: whole
clusters (paragraphs) are resampled, with all their questions in all languages, and the macro-average is worked out
anew each time.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from equilingual.evaluation.catalogue import MEASURES
from equilingual.seeding import generator

if TYPE_CHECKING:
    from equilingual.evaluation.groups import Group

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


def bootstrap_intervals(
    groups: Sequence["Group"], *, resamples: int, seed: int, bitext: bool = False
) -> dict[str, dict[str, float]]:
    """Return percentile intervals of the macro-averages in each setting.

    Args:
        groups: of :func:`equilingual.evaluation.groups.read_groups`.
        resamples: how many.
        seed: of the resampling.
        bitext: whether sentences are matched with their translations: accuracy has an interval, too.

    Returns:
        By :func:`interval_name` of the setting and the measure: ``value``, ``low``, ``high`` (the 2.5th and 97.5th
        percentiles of the resampled macro-averages), ``queries`` (query-pool combinations behind it) and ``clusters``.

    """
    clusters = sorted({cluster for group in groups for cluster in group.clusters})
    draws = draw_clusters(len(clusters), resamples=resamples, seed=seed)
    result = {}
    for setting in dict.fromkeys(group.setting for group in groups):
        here = [group for group in groups if group.setting == setting]
        found = [_values_of(group, bitext) for group in here]
        names = list(found[0])
        values = [np.stack([own[name] for name in names], axis=1) for own in found]
        for name, interval in zip(
            names, _intervals(values, [group.clusters.tolist() for group in here], clusters, draws), strict=True
        ):
            result[interval_name(setting, name)] = interval
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


def _intervals(
    values: Sequence[np.ndarray], members: Sequence[Sequence[str]], clusters: Sequence[str], draws: np.ndarray
) -> list[dict[str, float]]:
    """Return, for each column, the interval of the mean over groups of each group's mean.

    ``values`` are float [queries, columns] of each group, ``draws`` is int [resamples, clusters].
    """
    position = {cluster: number for number, cluster in enumerate(clusters)}
    totals = np.zeros((len(draws), values[0].shape[1]))
    counted = np.zeros((len(draws), 1))
    for group, belongs in zip(values, members, strict=True):
        where = np.array([position[cluster] for cluster in belongs])
        means = resampled_means(group, where, draws)
        # A resample may have no question of a small pair of languages; the pair is left out of that resample's mean.
        totals += np.nan_to_num(means)
        counted += ~np.isnan(means[:, :1])
    drawn = counted[:, 0] > 0
    low, high = np.percentile(totals[drawn] / counted[drawn], PERCENTILES, axis=0)
    middle = np.mean([group.mean(axis=0) for group in values], axis=0)
    size = {
        "queries": sum(len(group) for group in values),
        "clusters": len({cluster for belongs in members for cluster in belongs}),
    }
    return [
        {"value": float(value), "low": float(ends[0]), "high": float(ends[1]), **size}
        for value, ends in zip(middle, np.stack([low, high], axis=1), strict=True)
    ]
