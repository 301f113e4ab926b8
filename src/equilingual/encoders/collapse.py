"""Vectors that no ranking can be trusted on: values that are not finite, and vectors that are all the same."""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

logger = logging.getLogger(__name__)

# A mean cosine of 0.9999 leaves a mean distance of .014 between vectors of length 1, about what bfloat16 rounds away.
COLLAPSED = 0.9999


class NotFiniteError(ValueError):
    """A vector has a value that is not finite, or is too long for float32.

    Attributes:
        rows: the numbers of such texts.

    """

    def __init__(self, rows: list[int]) -> None:
        super().__init__(rows)
        self.rows = rows


def check_finite(vectors: "Tensor", rows: np.ndarray) -> None:
    """Raise where a vector, before it is scaled to length 1, has no finite length.

    An infinite length would make it zero or NaN, without a word.

    Args:
        vectors: [texts, dimensions], of any floating-point type.
        rows: int [texts], the number of each one's text.

    Raises:
        NotFiniteError: with the numbers of all such texts.

    """
    import torch

    wrong = ~torch.isfinite(torch.linalg.vector_norm(vectors.float(), dim=1))
    if wrong.any():
        raise NotFiniteError(rows[wrong.cpu().numpy()].tolist())


def mean_cosine(parts: Iterable[np.ndarray]) -> float | None:
    """Return the mean cosine of all pairs of different texts; ``None`` for fewer than two different texts.

    Args:
        parts: float32 [some texts, dimensions], the vectors of different texts, of any length; zero vectors have no
            direction, and count as cosines of 0.

    Returns:
        Rounded to 6 decimals. 1 is a collapsed encoder. E5-small has about .8.

    """
    count, total, squares = 0, np.zeros(1, dtype=np.float64), 0.0
    for part in parts:
        some = part.astype(np.float64)
        lengths = np.linalg.norm(some, axis=1, keepdims=True)
        some /= np.where(lengths > 0, lengths, 1.0)
        count += len(some)
        total = total + some.sum(axis=0)
        squares += float((lengths > 0).sum())
    if count < 2:
        return None
    # The square of the sum has every pair twice, and each vector with itself.
    return round(float((total @ total - squares) / (count * (count - 1))), 6)


def warn_if_collapsed(where: str, cosine: float | None) -> None:
    """Say in the log that the vectors of a table are all nearly the same."""
    if cosine is not None and cosine >= COLLAPSED:
        logger.warning(
            "%s: the encoder has collapsed: nearly all its vectors are equal (mean cosine %.6f), "
            "so its rankings are meaningless",
            where,
            cosine,
        )
