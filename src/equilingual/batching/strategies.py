"""Which pairs and which languages meet in a batch (arXiv:2408.10536, section 3).

Everything here works on numbers; texts are gathered later. A plan depends on the training set, the strategy and
the seed alone.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from equilingual.batching.pairs import BatchError, ParallelPairs
from equilingual.seeding import generator


@dataclass(frozen=True)
class Plan:
    """Batches as numbers.

    Attributes:
        monolingual: bool [batches].
        pairs: int64 [batches, batch_size], positions in the training set.
        query_languages: int64 [batches, batch_size], positions in its languages.
        passage_languages: the same, for the passages.

    """

    monolingual: np.ndarray
    pairs: np.ndarray
    query_languages: np.ndarray
    passage_languages: np.ndarray


def plan_batches(pairs: ParallelPairs, *, monolingual_share: float, batch_size: int, batches: int, seed: int) -> Plan:
    """Plan ``batches`` batches; each is monolingual with probability ``monolingual_share`` (α), else cross-lingual.

    A monolingual batch has one language, drawn uniformly. In a cross-lingual batch every pair draws its query's
    and its passage's language uniformly from the ordered pairs of different languages. Pairs come in a random
    order, each once before any comes twice; that order depends on the seed alone, so that strategies differ in
    languages and not in data. No two members of a batch share a group.

    Raises:
        BatchError: there are too few distinct passages for a batch, or too few languages for a cross-lingual one.

    """
    _check_feasible(pairs, monolingual_share, batch_size)
    order = _PairOrder(pairs, generator(seed, "order of pairs"), least=1 if monolingual_share > 0 else 2)
    draws = generator(seed, "languages", f"{monolingual_share:g}")
    count = len(pairs.languages)
    monolingual = draws.random(batches) < monolingual_share
    shape = (batches, batch_size)
    chosen, queries, passages = (np.empty(shape, dtype=np.int64) for _ in range(3))
    for batch in range(batches):
        queries[batch] = draws.integers(count) if monolingual[batch] else draws.integers(count, size=batch_size)
        # The passage's language is any but the query's: a step of 1 … L-1 around the circle of languages.
        steps = 0 if monolingual[batch] else draws.integers(1, max(count, 2), size=batch_size)
        passages[batch] = (queries[batch] + steps) % count
        chosen[batch] = order.take(queries[batch], passages[batch])
    return Plan(monolingual, chosen, queries, passages)


def _check_feasible(pairs: ParallelPairs, monolingual_share: float, batch_size: int) -> None:
    languages = range(len(pairs.languages))
    if monolingual_share < 1 and len(languages) < 2:
        raise BatchError(f"cross-lingual batches need two languages, there is only {pairs.languages[0]}")
    needed = [(a, a) for a in languages] if monolingual_share > 0 else []
    needed += [(a, b) for a in languages for b in languages if a < b] if monolingual_share < 1 else []
    for a, b in needed:
        distinct = len(np.unique(pairs.groups[pairs.available[:, a] & pairs.available[:, b]]))
        if distinct < batch_size:
            where = pairs.languages[a] if a == b else f"both {pairs.languages[a]} and {pairs.languages[b]}"
            raise BatchError(
                f"{distinct} distinct passages in {where} (pairs that share a passage or a question count as one), "
                f"fewer than the batch size of {batch_size}: "
                "add QA pairs or lower batches.batch_size"
            )


class _PairOrder:
    """Hands out pairs in random order; a pair that does not fit a slot waits for the next one that it fits."""

    def __init__(self, pairs: ParallelPairs, rng: np.random.Generator, least: int) -> None:
        self._pairs = pairs
        self._usable = np.flatnonzero(pairs.available.sum(axis=1) >= least)
        self._waiting: deque[int] = deque()
        self._new = self._permutations(rng)

    def _permutations(self, rng: np.random.Generator) -> Iterator[int]:
        while True:
            # A pair in one language alone fits no cross-lingual slot; it would wait for ever.
            yield from rng.permutation(self._usable).tolist()

    def take(self, query_languages: np.ndarray, passage_languages: np.ndarray) -> list[int]:
        """Return one pair for every slot, no two of one group, each in its slot's two languages."""
        groups, available = self._pairs.groups, self._pairs.available
        used: set[int] = set()
        taken = []
        for query, passage in zip(query_languages.tolist(), passage_languages.tolist(), strict=True):
            passed_over: deque[int] = deque()
            while True:
                pair = self._waiting.popleft() if self._waiting else next(self._new)
                if groups[pair] not in used and available[pair, query] and available[pair, passage]:
                    break
                passed_over.append(pair)
            self._waiting.extendleft(reversed(passed_over))
            used.add(groups[pair])
            taken.append(pair)
        return taken
