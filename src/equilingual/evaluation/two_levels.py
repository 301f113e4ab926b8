"""How far a mean would move with other questions and with other training seeds: the bootstrap on two levels.

Every seed answers the same questions, so seeds and clusters of questions are crossed, not nested. A resample draws
clusters with replacement and, independently, seeds with replacement (arXiv:2106.16163). Two to five seeds make such
an interval too narrow, whatever the questions; the standard error and its degrees of freedom correct that.
``docs/methods.md`` (Seeds) has the formulas and their sources.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from equilingual.evaluation.bootstrap import PERCENTILES, interval_name, resampled_averages
from equilingual.seeding import generator

_ALIKE, _ROUNDING = 1e-10, 1e-12  # of an estimate, and in any case: a standard error that is no larger is rounding

if TYPE_CHECKING:
    from equilingual.evaluation.groups import Group


@dataclass(frozen=True)
class Uncertainty:
    """How certain a mean is.

    Attributes:
        standard_error: of the mean.
        degrees_of_freedom: of the t distribution that describes it.

    """

    standard_error: float
    degrees_of_freedom: float


def are_alike(estimate: float, uncertainty: Uncertainty) -> bool:
    """Return whether all units have the same value but for rounding, so that no error can be estimated."""
    return uncertainty.standard_error <= max(_ALIKE * abs(estimate), _ROUNDING)


def alike_p(uncertainty: Uncertainty) -> float:
    """Return p where n units are all alike: 2^(1 - n), as of sign flips."""
    return float(2.0**-uncertainty.degrees_of_freedom)


def draw_seeds(seeds: int, *, resamples: int, seed: int) -> np.ndarray:
    """Return how often each resample contains each seed: int64 [resamples, seeds]; all rows add up to ``seeds``."""
    return generator(seed, "seeds").multinomial(seeds, np.full(seeds, 1 / seeds), resamples)


def uncertainty_of(values: np.ndarray, means: np.ndarray, clusters: int) -> Uncertainty | None:
    """Return the standard error of the mean over seeds, from the components of its variance.

    The variance is that of the seeds' means divided by their number, plus the average covariance of two seeds over
    the resampled clusters: the estimate of Obuchowski and Rockette (1995) for readers who read the same cases. The
    degrees of freedom are Satterthwaite's. Without seeds, the first part is 0.

    Args:
        values: float [seeds], the mean of each seed.
        means: float [resamples, seeds], the same in resamples of clusters that all seeds share.
        clusters: how many clusters there are.

    Returns:
        None for fewer than two clusters, or two resamples: nothing can be estimated.

    """
    seeds = len(values)
    if clusters < 2 or len(means) < 2:
        return None
    # A resample of n clusters has (n - 1) / n of the variance.
    covariance = np.cov(means, rowvar=False).reshape(seeds, seeds) * (clusters / (clusters - 1))
    if seeds == 1:
        of_seeds, of_questions = 0.0, float(covariance[0, 0])
    else:
        between = (covariance.sum() - np.trace(covariance)) / (seeds * (seeds - 1))
        of_seeds, of_questions = float(values.var(ddof=1)) / seeds, max(float(between), 0.0)
    variance = of_seeds + of_questions
    parts = of_seeds**2 / max(seeds - 1, 1) + of_questions**2 / (clusters - 1)
    return Uncertainty(variance**0.5, variance**2 / parts if parts else float(clusters - 1))


def two_level_interval(
    values: np.ndarray, means: np.ndarray, drawn: np.ndarray, uncertainty: Uncertainty
) -> tuple[float, float]:
    """Return the 95% interval of the mean over seeds, seeds and clusters being resampled.

    The percentiles are moved away from the mean, both by one factor, until the interval is no narrower than that of
    the t distribution: the bootstrap of a few seeds covers too little. With many seeds nothing is moved.

    Args:
        values: float [seeds], the mean of each seed.
        means: float [resamples, seeds], of :func:`equilingual.evaluation.bootstrap.resampled_means`.
        drawn: int [resamples, seeds], of :func:`draw_seeds`.
        uncertainty: of :func:`uncertainty_of`.

    """
    return widened_interval(float(values.mean()), two_level_means(means, drawn), uncertainty)


def widened_interval(middle: float, resampled: np.ndarray, uncertainty: Uncertainty) -> tuple[float, float]:
    """Return the 95% interval of an estimate from its resamples, no narrower than that of the t distribution.

    Args:
        middle: the estimate.
        resampled: float [resamples], the same in each resample.
        uncertainty: of the estimate.

    """
    low, high = map(float, np.percentile(resampled, PERCENTILES))
    quantile = float(stdtrit(uncertainty.degrees_of_freedom, PERCENTILES[1] / 100))
    factor = max(1.0, 2 * quantile * uncertainty.standard_error / (high - low)) if high > low else 1.0
    return middle + factor * (low - middle), middle + factor * (high - middle)


def two_level_means(means: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return the mean over the drawn seeds in each resample of clusters, float64 [resamples].

    Args:
        means: float [resamples, seeds].
        drawn: int [resamples, seeds].

    """
    mixed: np.ndarray = (means * drawn).sum(axis=1) / drawn.shape[1]
    return mixed


def intervals_over_seeds(
    seeds: Sequence[Sequence["Group"]], *, resamples: int, seed: int, bitext: bool = False
) -> dict[str, dict[str, float]]:
    """Return the intervals of a model's macro-averages over questions and training seeds.

    Args:
        seeds: the groups of each seed, of :func:`equilingual.evaluation.groups.read_groups`; two seeds or more, asked
            the same questions.
        resamples: how many.
        seed: of the resampling.
        bitext: whether sentences are matched with their translations.

    Returns:
        By :func:`equilingual.evaluation.bootstrap.interval_name`: ``value`` (the mean over seeds), ``low``, ``high``,
        ``standard_error``, ``degrees_of_freedom``, ``seeds``, ``queries`` (of one seed) and ``clusters``. With a
        single cluster there are none.

    """
    found = [resampled_averages(groups, resamples=resamples, seed=seed, bitext=bitext) for groups in seeds]
    result = {}
    for (setting, name), first in found[0].items():
        every = [one[setting, name] for one in found]
        values, means = np.array([one.value for one in every]), np.stack([one.means for one in every], axis=1)
        uncertainty = uncertainty_of(values, means, first.clusters)
        if uncertainty is not None:
            drawn = draw_seeds(len(seeds), resamples=len(means), seed=seed)
            low, high = two_level_interval(values, means, drawn, uncertainty)
            result[interval_name(setting, name)] = {
                **{"value": float(values.mean()), "low": low, "high": high, **asdict(uncertainty)},
                **{"seeds": len(seeds), "queries": first.queries, "clusters": first.clusters},
            }
    return result
