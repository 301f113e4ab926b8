"""Batches in English alone (En-En): what training on the source does without any translation."""

import numpy as np

from equilingual.batching.errors import BatchError
from equilingual.batching.pairs import ParallelPairs
from equilingual.batching.plans import MODES, Draws, Plan
from equilingual.batching.strategies.asked import Asked


def plan(pairs: ParallelPairs, draws: Draws, asked: Asked) -> Plan:
    """Plan English batches.

    Raises:
        BatchError: there are too few pairs that may meet, or the training set has no English.

    """
    if "en" not in pairs.languages:
        raise BatchError(f"the strategy english needs en, but the training set has {', '.join(pairs.languages)}")
    english = pairs.languages.index("en")
    languages = np.full((draws.batches, draws.batch_size), english, dtype=np.int16)
    modes = np.full(draws.batches, MODES.index("mono"), dtype=np.int8)
    expected = np.zeros((len(pairs.languages), len(pairs.languages)))
    expected[english, english] = 1
    return Plan(modes, draws.fill(languages, languages), languages, languages, asked.alpha, {"mono": expected})
