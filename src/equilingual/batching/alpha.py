"""The probability that a batch, or a pair, is monolingual, over the training."""

from collections.abc import Sequence

import numpy as np

from equilingual.config.batch_settings import Curriculum, Sampling


def alpha_by_batch(alpha: float | Curriculum, batches: int) -> np.ndarray:
    """Return float64 [batches]: α of every batch.

    Args:
        alpha: a number, or a curriculum: from the first batch's α to the last one's, along a line (``shape`` is
            ``linear``) or half a cosine wave (``cosine``).
        batches: how many there are.

    """
    if not isinstance(alpha, Curriculum):
        return np.full(batches, float(alpha))
    way = np.linspace(0, 1, batches) if batches > 1 else np.zeros(1)
    if alpha.shape == "cosine":
        way = (1 - np.cos(np.pi * way)) / 2
    alphas: np.ndarray = alpha.from_ + (alpha.to - alpha.from_) * way
    return alphas


def sampling_weights(sampling: Sampling | None, names: Sequence[str], sizes: np.ndarray) -> np.ndarray | None:
    """Return float64 [names], probabilities that add up to 1; ``None`` where nothing is asked for.

    Args:
        sampling: ``weights``, a number for each name (a name without one has 0); or ``temperature`` T, by which a
            name with n pairs has a probability in proportion to n^(1/T): 1 is by size, and the higher the more alike.
        names: of languages or corpora.
        sizes: int64 [names], their pairs.

    """
    if sampling is None:
        return None
    weights: np.ndarray
    if sampling.weights is not None:
        weights = np.array([float(sampling.weights.get(name, 0)) for name in names])
    else:
        assert sampling.temperature is not None  # it has one of the two
        weights = sizes.astype(np.float64) ** (1 / sampling.temperature)
    shares: np.ndarray = weights / weights.sum()
    return shares
