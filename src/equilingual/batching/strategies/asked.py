"""What the configuration asks of a strategy."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Asked:
    """What the configuration asks of a strategy.

    Attributes:
        alpha: float64 [batches], the probability that each batch is monolingual.
        query_language: the one language of all queries, or ``None``.

    """

    alpha: np.ndarray
    query_language: str | None = None
