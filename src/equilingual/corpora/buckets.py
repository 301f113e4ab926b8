"""Pairs that may be duplicates of each other: those in one bucket.

A bucket is what some rows of one language have in common: an exact key, or a band of hashes. Buckets that no two pairs
could be compared in are not kept, so memory grows with the duplicates and not with the pairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class _Added:
    """The buckets of one call: members int32, one bucket's after the other's, and where each begins."""

    language: int
    is_near: bool
    first: int  # the number of the first bucket
    members: np.ndarray
    sizes: np.ndarray


class Buckets:
    """Buckets by number, in the order in which they are added."""

    def __init__(self) -> None:
        self._added: list[_Added] = []
        self._count = 0
        self._seen = np.empty(0, dtype=np.uint64)  # what stands for the members of a bucket

    def add(self, keys: np.ndarray, pairs: np.ndarray, earlier: np.ndarray, language: int, *, is_near: bool) -> None:
        """Add what the rows of a language have in common.

        Args:
            keys: uint64 or uint32 [rows].
            pairs: int32 [rows], each once at most.
            earlier: uint8 [rows, bytes], which earlier languages the pair has; two pairs that share one are compared
                there.
            language: its number.
            is_near: whether members are to be compared, or are exact duplicates already. Exact keys are added first.

        """
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        sizes = np.diff(np.append(starts, len(ordered)))
        rows = order[np.repeat(sizes > 1, sizes)]
        sizes = sizes[sizes > 1]
        if not len(sizes):
            return
        starts = np.cumsum(sizes) - sizes
        # A language that all members have earlier on is where any two of them are compared.
        wanted = ~np.bitwise_and.reduceat(earlier[rows], starts, axis=0).any(axis=1)
        # Bands of like pairs agree again and again, and say nothing new; nor does a later language that all of them
        # have, because they are compared in this one.
        mixed = (pairs[rows].astype(np.uint64) + np.uint64(1)) * _MIX
        stands_for = np.add.reduceat(mixed ^ (mixed >> np.uint64(29)) * _MIX, starts)
        wanted &= ~np.isin(stands_for, self._seen)
        self._seen = np.concatenate((self._seen, stands_for[wanted]))
        sizes, members = sizes[wanted], pairs[rows[np.repeat(wanted, sizes)]]
        self._added.append(_Added(language, is_near, self._count, members, sizes))
        self._count += len(sizes)

    def near_members(self) -> dict[int, np.ndarray]:
        """Return, per language, the pairs that are to be compared there, ascending."""
        by_language: dict[int, list[np.ndarray]] = {}
        for added in self._added:
            if added.is_near and len(added.members):
                by_language.setdefault(added.language, []).append(added.members)
        return {language: np.unique(np.concatenate(members)) for language, members in by_language.items()}

    def by_member(self) -> Iterator[tuple[int, list[int]]]:
        """Yield every pair that is in a bucket, ascending, with the numbers of its buckets."""
        if not self._count:
            return
        members = np.concatenate([added.members for added in self._added])
        numbers = np.repeat(
            np.arange(self._count, dtype=np.int32), np.concatenate([added.sizes for added in self._added])
        )
        order = np.argsort(members, kind="stable")
        members, numbers = members[order], numbers[order]
        starts = np.flatnonzero(np.concatenate(([True], members[1:] != members[:-1])))
        for start, end in zip(starts, np.append(starts[1:], len(members)), strict=True):
            yield int(members[start]), numbers[start:end].tolist()

    def kinds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return int16 [buckets], their languages, and bool [buckets], whether members are to be compared."""
        counts = [len(added.sizes) for added in self._added]
        languages = np.repeat(np.array([added.language for added in self._added], dtype=np.int16), counts)
        return languages, np.repeat(np.array([added.is_near for added in self._added], dtype=bool), counts)
