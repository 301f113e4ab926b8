"""Every pair once in each language before any comes twice in one: PLAID-X's round-robin entries (arXiv:2405.00977)."""

import numpy as np

from equilingual.batching.errors import BatchError
from equilingual.batching.pairs import ParallelPairs
from equilingual.batching.plans import MODES, Draws, Plan
from equilingual.batching.strategies.asked import Asked


def plan(pairs: ParallelPairs, draws: Draws, asked: Asked) -> Plan:
    """Plan batches in which a pair's languages take turns, from one drawn at random on.

    The passage is in the language whose turn it is; the query too, or in the one language asked for, as PLAID-X has
    it with English queries.

    Raises:
        BatchError: there are too few pairs that may meet, or some lack the queries' language.

    """
    available = pairs.available
    count = available.sum(axis=1)
    turn = draws.rng.integers(count)
    chosen = draws.any_pairs()
    passages = np.empty(chosen.shape, dtype=np.int16)
    for batch, members in enumerate(chosen):
        # The n-th of the languages that a pair has is where the n-th True stands.
        nth = turn[members] % count[members] + 1
        passages[batch] = (np.cumsum(available[members], axis=1) == nth[:, None]).argmax(axis=1)
        turn[members] += 1
    expected = np.diag([float((has / count * draws.pair_shares).sum()) for has in available.T])
    queries = passages
    query_language = asked.settings.query_language
    if query_language is not None:
        language = pairs.languages.index(query_language)
        if not available[:, language].all():
            missing = int((~available[:, language]).sum())
            raise BatchError(
                f"{missing} pairs are missing in {query_language}, the language of all queries: "
                "choose another 'query_language', or corpora that have all pairs in this one"
            )
        queries = np.full(chosen.shape, language, dtype=np.int16)
        diagonal = expected.diagonal().copy()
        expected = np.zeros_like(expected)
        expected[language] = diagonal
    modes = np.full(draws.batches, MODES.index("mixed"), dtype=np.int8)
    return Plan(modes, chosen, queries, passages, asked.alpha, {"mixed": expected}, languages_first=False)
