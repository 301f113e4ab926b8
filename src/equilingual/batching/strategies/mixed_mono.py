"""Mixed-monolingual batches (X-X), the baseline of LAReQA (arXiv:2004.05484)."""

import numpy as np

from equilingual.batching.pairs import ParallelPairs
from equilingual.batching.plans import MODES, Draws, Plan
from equilingual.batching.strategies.asked import Asked


def plan(pairs: ParallelPairs, draws: Draws, asked: Asked) -> Plan:
    """Plan batches of several languages, in which every pair is in one.

    Raises:
        BatchError: there are too few pairs that may meet.

    """
    languages = np.array([draws.language(draws.batch_size) for _ in range(draws.batches)], dtype=np.int16)
    modes = np.full(draws.batches, MODES.index("mixed"), dtype=np.int8)
    expected = {"mixed": draws.one_language}
    return Plan(modes, draws.fill(languages, languages), languages, languages, asked.alpha, expected)
