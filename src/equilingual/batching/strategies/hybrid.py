"""Monolingual, cross-lingual and hybrid batches (arXiv:2408.10536, section 3).

A batch is monolingual with probability α: it has one language. Otherwise it is cross-lingual: in every pair the
query's language is not the passage's. α is 1 for mono (X-X-mono) and 0 for cross (X-Y); it may change from batch to
batch.
"""

import numpy as np

from equilingual.batching.errors import BatchError
from equilingual.batching.pairs import ParallelPairs
from equilingual.batching.plans import MODES, Draws, Plan
from equilingual.batching.strategies.asked import Asked


def plan(pairs: ParallelPairs, draws: Draws, asked: Asked) -> Plan:
    """Plan hybrid batches.

    Raises:
        BatchError: there are too few pairs that may meet, or one language only where two are needed.

    """
    if asked.alpha.min() < 1 and not draws.two_languages.any():
        reason = pairs.apart() or "there is none"
        raise BatchError(f"cross-lingual batches need QA pairs in two of {', '.join(pairs.languages)}; {reason}")
    monolingual = draws.rng.random(draws.batches) < asked.alpha
    queries, passages = np.empty((2, draws.batches, draws.batch_size), dtype=np.int16)
    for batch in range(draws.batches):
        if monolingual[batch]:
            queries[batch] = passages[batch] = draws.language()
        else:
            queries[batch], passages[batch] = draws.ordered_pairs()
    modes = np.where(monolingual, MODES.index("mono"), MODES.index("cross")).astype(np.int8)
    expected = {"mono": draws.one_language, "cross": draws.two_languages}
    return Plan(modes, draws.fill(queries, passages), queries, passages, asked.alpha, expected)
