"""95% intervals of the macro-averages.

The same questions are asked in every language and share paragraphs, so queries are not independent: whole
clusters (paragraphs) are resampled, with all their questions in all languages, and the macro-average is worked out
anew each time.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from equilingual.evaluation import bias, measures
from equilingual.seeding import generator

if TYPE_CHECKING:
    from equilingual.evaluation.groups import Group

PERCENTILES = (2.5, 97.5)  # the ends of a 95% interval


def draw_clusters(clusters: int, *, resamples: int, seed: int) -> np.ndarray:
    """Return how often each cluster is drawn in each resample: int64 [resamples, clusters], rows that add up alike."""
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
    return np.divide(drawn @ sums, size, out=np.full((len(draws), sums.shape[1]), np.nan), where=size > 0)


def bootstrap_intervals(groups: Sequence["Group"], *, resamples: int, seed: int) -> dict[str, dict[str, float]]:
    """Return percentile intervals of mAP in each setting and of the rank distance.

    Returns:
        By setting (and ``rank_distance``): ``value``, ``low``, ``high`` (the 2.5th and 97.5th percentiles of the
        resampled macro-averages), ``queries`` (query-pool combinations behind it) and ``clusters``.

    """
    clusters = sorted({cluster for group in groups for cluster in group.clusters})
    draws = draw_clusters(len(clusters), resamples=resamples, seed=seed)
    result = {}
    for name, setting, measure in (
        ("monolingual", "monolingual", measures.average_precision),
        ("cross-lingual", "cross-lingual", measures.average_precision),
        ("multilingual", "multilingual", measures.average_precision),
        ("rank_distance", "multilingual", bias.rank_distance),
    ):
        here = [group for group in groups if group.setting == setting]
        if here:
            values = [measure(group.ranks) for group in here]
            result[name] = _interval(values, [group.clusters for group in here], clusters, draws)
    return result


def _interval(
    values: Sequence[np.ndarray], members: Sequence[Sequence[str]], clusters: Sequence[str], draws: np.ndarray
) -> dict[str, float]:
    """Return the interval of the mean over groups of each group's mean; ``draws`` is int [resamples, clusters]."""
    position = {cluster: number for number, cluster in enumerate(clusters)}
    totals = np.zeros(len(draws))
    counted = np.zeros(len(draws))
    for group, belongs in zip(values, members, strict=True):
        where = np.array([position[cluster] for cluster in belongs])
        means = resampled_means(group[:, None], where, draws)[:, 0]
        # A resample may have no question of a small pair of languages; the pair is left out of that resample's mean.
        totals += np.nan_to_num(means)
        counted += ~np.isnan(means)
    drawn = counted > 0
    low, high = np.percentile(totals[drawn] / counted[drawn], PERCENTILES)
    return {
        "value": float(np.mean([group.mean() for group in values])),
        "low": float(low),
        "high": float(high),
        "queries": sum(len(group) for group in values),
        "clusters": len({cluster for belongs in members for cluster in belongs}),
    }
