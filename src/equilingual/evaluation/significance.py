"""Whether two models differ on the same questions: permutation tests, Holm's correction, intervals, effect sizes.

Pure functions of arrays ``[questions, comparisons]``: the value of one model for each question, minus the other's. The
comparisons of one array use the same permutations. ``docs/methods.md`` (Significance) has the formulas and their
sources.
"""

import numpy as np

from equilingual.evaluation.bootstrap import PERCENTILES, resampled_means

_SIGNS_AT_ONCE = 1 << 21  # 16 MB of float64

# Of the sum of absolute differences. Sums of the same numbers in another order differ by 1e-14 of it; two sums that
# are no tie and this near are rarer than one draw in a million.
_TIE = 1e-10


def permutation_p(differences: np.ndarray, *, permutations: int, rng: np.random.Generator) -> np.ndarray:
    """Return p of each comparison: the paired sign-flip permutation test, two-sided, on the mean difference.

    p = (b + 1) / (B + 1), where b of the B sign permutations have a mean difference that is as far from 0 as the
    observed one, ties included: it is never 0, and the test is valid at every B.

    Args:
        differences: float [units, comparisons], finite: what each unit adds to the mean. A unit is what can change its
            sign by itself: a question, or a cluster of questions.
        permutations: B.
        rng: the draws take 64 signs of it at a time, and depend on nothing but its state, the number of units and B.

    Returns:
        float64 [comparisons].

    Raises:
        ValueError: there is no unit, or a difference is not finite.

    """
    differences = np.asarray(differences, dtype=np.float64)
    if not len(differences) or not np.isfinite(differences).all():
        raise ValueError("a permutation test needs one finite difference or more of every comparison")
    units, comparisons = differences.shape
    total = differences.sum(axis=0)
    least = np.abs(total) - _TIE * np.abs(differences).sum(axis=0)
    reached = np.zeros(comparisons, dtype=np.int64)
    block = max(1, _SIGNS_AT_ONCE // max(units, comparisons))
    for start in range(0, permutations, block):
        draws = min(block, permutations - start)
        words = rng.integers(0, 2**64, size=(draws, -(-units // 64)), dtype=np.uint64)
        flipped = np.unpackbits(words.astype("<u8", copy=False).view(np.uint8), axis=1, count=units)
        sums = total - 2.0 * (flipped.astype(np.float64) @ differences)
        reached += (np.abs(sums) >= least).sum(axis=0)
    return (reached + 1) / (permutations + 1)


def holm(p: np.ndarray) -> np.ndarray:
    """Return the p-values corrected by Holm's step-down method (1979) for a family of tests.

    The i-th smallest of m is multiplied by m - i + 1; none is above 1 or below one that was smaller before.

    Args:
        p: float [comparisons], in any order.

    Returns:
        float64 [comparisons], in the same order.

    """
    order = np.argsort(p, kind="stable")
    steps = np.asarray(p, dtype=np.float64)[order] * np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected


def clustered_intervals(
    differences: np.ndarray, clusters: np.ndarray, draws: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95% percentile interval of each mean difference, whole clusters being resampled.

    Args:
        differences: float [questions, comparisons].
        clusters: int [questions], the cluster of each question, from 0 without a gap.
        draws: int [resamples, clusters], of :func:`equilingual.evaluation.bootstrap.draw_clusters`.

    Returns:
        The lower and the upper ends, float64 [comparisons].

    """
    low, high = np.percentile(resampled_means(differences, clusters, draws), PERCENTILES, axis=0)
    return low, high


def effect_sizes(differences: np.ndarray) -> np.ndarray:
    """Return Cohen's d_z of each comparison: the mean difference by the differences' standard deviation (n - 1).

    Args:
        differences: float [questions, comparisons].

    Returns:
        float64 [comparisons]; 0 where no question differs, NaN where all differ alike or there is one question.

    """
    mean = differences.mean(axis=0)
    if len(differences) < 2:
        return np.full(mean.shape, np.nan)
    spread = differences.std(axis=0, ddof=1)
    spread[spread <= _TIE * np.abs(mean)] = 0.0  # all alike but for rounding
    sizes: np.ndarray = np.divide(mean, spread, out=np.full(mean.shape, np.nan), where=spread > 0)
    sizes[~differences.any(axis=0)] = 0.0
    return sizes


def question_shares(differences: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the fractions of questions whose difference is above 0, below 0, and 0 (up to rounding).

    Args:
        differences: float [questions, comparisons].

    Returns:
        Three float64 [comparisons], which add up to 1.

    """
    small = _TIE * np.abs(differences).max(axis=0)
    above, below = (differences > small).mean(axis=0), (differences < -small).mean(axis=0)
    return above, below, (np.abs(differences) <= small).mean(axis=0)
