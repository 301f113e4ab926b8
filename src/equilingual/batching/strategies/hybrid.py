"""Monolingual, cross-lingual and hybrid batches (arXiv:2408.10536, section 3).

A batch is monolingual with probability α: it has one language. Otherwise it is cross-lingual: in every pair the
query's language is not the passage's. α is 1 for mono (X-X-mono) and 0 for cross (X-Y); it may change from batch to
batch. Mixed by pair, each pair is monolingual with probability α, in a language of its own, and else cross-lingual.
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
    if asked.settings.by_pair:
        return _by_pair(draws, asked)
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


def _by_pair(draws: Draws, asked: Asked) -> Plan:
    """Plan batches in which each pair is monolingual or cross-lingual by itself."""
    shape = (draws.batches, draws.batch_size)
    monolingual = draws.rng.random(shape) < asked.alpha[:, None]
    queries, passages = np.empty((2, *shape), dtype=np.int16)
    for batch in range(draws.batches):
        queries[batch] = passages[batch] = draws.language(draws.batch_size)
        across = ~monolingual[batch]
        if across.any():
            two = draws.ordered_pairs()  # for a whole batch; the monolingual pairs drop theirs
            queries[batch, across], passages[batch, across] = (side[across] for side in two)
    modes = np.full(draws.batches, MODES.index("mixed"), dtype=np.int8)
    alpha = float(asked.alpha.mean())
    expected = {"mixed": alpha * draws.one_language + (1 - alpha) * draws.two_languages}
    return Plan(modes, draws.fill(queries, passages), queries, passages, asked.alpha, expected)
