"""Which passages answer which questions, on ids: positives in order, hard negatives per question.

Memory: 16 bytes a pair, about 50 while repeated ones are taken out; 100 a question with negatives, 8 for each of them.
"""

from array import array
from collections.abc import Iterator

import numpy as np

from equilingual.corpora.lookup import hash_id, position_of

_MASK = 2**64 - 1
_ODD = 0x9E3779B97F4A7C15  # any odd number keeps the hashes of questions apart
_LEAST = 1 << 20


class Judgements:
    """Distinct (question, passage) pairs in the order of their first mention, and negatives of the questions."""

    def __init__(self, most_negatives: int) -> None:
        self.added = 0  # pairs, duplicates included
        self._most = most_negatives
        self._queries, self._passages = array("Q"), array("Q")
        self._compact_at, self._compacted = _LEAST, 0
        self._slots: dict[int, int] = {}
        self._negatives, self._filled = array("Q"), array("I")

    def add(self, query_id: str, passage_id: str) -> None:
        """Add a passage that answers a question; a duplicate pair changes nothing."""
        self.added += 1
        self._queries.append(hash_id(query_id))
        self._passages.append(hash_id(passage_id))
        if len(self._queries) >= self._compact_at:
            self._compact()

    def add_negative(self, query_id: str, passage_id: str) -> None:
        """Add a passage that does not answer a question; beyond the most that are kept, nothing changes."""
        if not self._most:
            return
        slot = self._slots.setdefault(hash_id(query_id), len(self._slots))
        if slot == len(self._filled):
            self._filled.append(0)
            self._negatives.extend([0] * self._most)
        start, filled = slot * self._most, self._filled[slot]
        hashed = hash_id(passage_id)
        if filled < self._most and hashed not in self._negatives[start : start + filled]:
            self._negatives[start + filled] = hashed
            self._filled[slot] += 1

    def _compact(self) -> None:
        """Remove duplicate pairs: triples name each pair many times."""
        if self._compacted == self.added:
            return
        self._compacted = self.added
        queries, passages = (np.frombuffer(part, dtype=np.uint64) for part in (self._queries, self._passages))
        _, first = np.unique(queries * np.uint64(_ODD) ^ passages, return_index=True)
        first.sort()
        kept = [array("Q", part[first].tobytes()) for part in (queries, passages)]
        del queries, passages  # an array that is looked at cannot be let go
        self._queries, self._passages = kept
        self._compact_at = max(_LEAST, 2 * len(self._queries))

    def hashes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the hashes of all questions and of all passages, negatives included: uint64 [any], unsorted."""
        self._compact()
        passages = [np.frombuffer(part, dtype=np.uint64) for part in (self._passages, self._negatives) if part]
        return np.array(self._queries, dtype=np.uint64), np.concatenate(passages or [np.empty(0, dtype=np.uint64)])

    def pairs(self) -> Iterator[tuple[int, int, list[int], int]]:
        """Yield (question, passage, negatives), as hashes and in order, and how many negatives answer the question.

        Those are left out: a question's own positives are no negatives.
        Negatives are chosen on ids alone: they are the same passages, in the same order, in every language.
        """
        self._compact()
        queries, passages = (np.array(part, dtype=np.uint64) for part in (self._queries, self._passages))
        positives = array("Q", np.sort(queries * np.uint64(_ODD) ^ passages).tobytes())
        for query, passage in zip(self._queries, self._passages, strict=True):
            slot = self._slots.get(query)
            if slot is None:
                yield query, passage, [], 0
                continue
            start = slot * self._most
            given = self._negatives[start : start + self._filled[slot]]
            base = query * _ODD & _MASK
            kept = [one for one in given if position_of(positives, base ^ one) is None]
            yield query, passage, kept, len(given) - len(kept)

    def __len__(self) -> int:
        """Return the number of distinct pairs."""
        self._compact()
        return len(self._queries)
