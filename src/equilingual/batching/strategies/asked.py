"""What the configuration asks of a strategy."""

from dataclasses import dataclass

import numpy as np

from equilingual.config.batch_settings import StrategySettings


@dataclass(frozen=True)
class Asked:
    """What the configuration asks of a strategy.

    Attributes:
        alpha: float64 [batches], the probability that each batch, or each of its pairs, is monolingual.
        settings: the strategy's keys and their values.

    """

    alpha: np.ndarray
    settings: StrategySettings
