"""95% intervals of the macro-averages.

The same questions are asked in every language and share paragraphs, so queries are not independent: whole
clusters (paragraphs) are resampled, with all their questions in all languages, and the macro-average is worked out
anew each time.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from equilingual.evaluation import measures
from equilingual.seeding import generator

if TYPE_CHECKING:
    from equilingual.evaluation.groups import Group


def bootstrap_intervals(groups: Sequence["Group"], *, resamples: int, seed: int) -> dict[str, dict[str, float]]:
    """Return percentile intervals of mAP in each setting and of the rank distance.

    Returns:
        By setting (and ``rank_distance``): ``value``, ``low``, ``high`` (the 2.5th and 97.5th percentiles of the
        resampled macro-averages), ``queries`` (query-pool combinations behind it) and ``clusters``.

    """
    clusters = sorted({cluster for group in groups for cluster in group.clusters})
    draws = generator(seed, "bootstrap").multinomial(
        len(clusters), np.full(len(clusters), 1 / len(clusters)), resamples
    )
    result = {}
    for name, setting, measure in (
        ("monolingual", "monolingual", measures.average_precision),
        ("cross-lingual", "cross-lingual", measures.average_precision),
        ("multilingual", "multilingual", measures.average_precision),
        ("rank_distance", "multilingual", measures.rank_distance),
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
        sums = np.bincount(where, weights=group, minlength=len(clusters))
        sizes = np.bincount(where, minlength=len(clusters)).astype(np.float64)
        size = draws @ sizes
        # A resample may have no question of a small pair of languages; the pair is left out of that resample's mean.
        totals += np.divide(draws @ sums, size, out=np.zeros(len(draws)), where=size > 0)
        counted += size > 0
    drawn = counted > 0
    low, high = np.percentile(totals[drawn] / counted[drawn], [2.5, 97.5])
    return {
        "value": float(np.mean([group.mean() for group in values])),
        "low": float(low),
        "high": float(high),
        "queries": sum(len(group) for group in values),
        "clusters": len({cluster for belongs in members for cluster in belongs}),
    }
