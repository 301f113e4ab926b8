"""Which pairs may not meet in a batch: those that would be false negatives of each other.

Two pairs share a key if they have one ``passage_id``, or one normalised passage or one normalised question, each in
whatever language. Parallel data makes such false negatives where comparing the strings of a batch finds nothing: the
same passage in two languages, or two passages that are different in English and equal in German. And the passage of one
pair may be in German what another's is in English: a name, a number, a false friend.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

import numpy as np

_ENTRY = np.dtype([("hash", np.uint64), ("pair", np.int32)])
_FIRST_BITS = 4  # of a hash, which say in which file it lies


@dataclass(frozen=True)
class SharedKeys:
    """The keys of every pair, without those that only one pair has.

    Attributes:
        offsets: int64 [pairs + 1]; the keys of pair i are ``keys[offsets[i]:offsets[i + 1]]``.
        keys: int32.

    """

    offsets: np.ndarray
    keys: np.ndarray

    def of(self, pair: int) -> list[int]:
        """Return the keys of one pair."""
        keys: list[int] = self.keys[self.offsets[pair] : self.offsets[pair + 1]].tolist()
        return keys

    def of_all(self, pairs: np.ndarray) -> np.ndarray:
        """Return the keys of some pairs, one pair's after the other's."""
        starts, counts = self.offsets[pairs], self.offsets[pairs + 1] - self.offsets[pairs]
        before = np.cumsum(counts) - counts
        keys: np.ndarray = self.keys[np.repeat(starts - before, counts) + np.arange(counts.sum())]
        return keys

    def joined(self, others: "SharedKeys") -> "SharedKeys":
        """Return the keys of both; ``others`` has those of the same pairs, and may have those of more."""
        pairs = np.concatenate(
            [np.repeat(np.arange(len(one.offsets) - 1), np.diff(one.offsets)) for one in (self, others)]
        )
        keys = np.concatenate((self.keys, others.keys + (self.keys.max(initial=-1) + 1))).astype(np.int32)
        counts = np.bincount(pairs, minlength=len(others.offsets) - 1)
        return SharedKeys(np.concatenate(([0], np.cumsum(counts))), keys[np.argsort(pairs, kind="stable")])

    def repeats(self, pairs: np.ndarray) -> int:
        """Return the number of duplicate keys among some pairs; a pair given twice counts by itself."""
        keys = np.sort(self.of_all(pairs))
        chosen = np.sort(pairs)
        return int((keys[1:] == keys[:-1]).sum() + (chosen[1:] == chosen[:-1]).sum())


class NearKeys:
    """The keys of the pairs that share one with some pairs: what answers a question elsewhere is among them."""

    def __init__(self, shared: SharedKeys) -> None:
        """Turn the keys around; memory is 4 bytes a key of a pair and 8 a key."""
        self._shared = shared
        order = np.argsort(shared.keys, kind="stable")
        self._pairs = np.repeat(np.arange(len(shared.offsets) - 1, dtype=np.int32), np.diff(shared.offsets))[order]
        self._starts = np.concatenate(([0], np.cumsum(np.bincount(shared.keys))))

    def of(self, pairs: np.ndarray) -> set[int]:
        """Return all keys of all pairs that share a key with one of some pairs, theirs too."""
        groups = [self._pairs[self._starts[key] : self._starts[key + 1]] for key in self._shared.of_all(pairs).tolist()]
        return set(self._shared.of_all(np.unique(np.concatenate([pairs, *groups]))).tolist())


class KeyCollector:
    """Finds the shared keys, one kind of key after the other.

    Memory is 8 bytes a shared key, and 4 a pair for each kind that stands for others.
    A key that says nothing new is dropped: in most corpora pairs of one passage have equal passages in every
    language, which its ``passage_id`` already says.
    """

    def __init__(self) -> None:
        self._pairs: list[np.ndarray] = []
        self._keys: list[np.ndarray] = []
        self._count = 0
        self._labels: list[np.ndarray] = []  # int32 [pairs]: the key of one kind that a pair has, or -1

    def add(self, pairs: np.ndarray, hashes: np.ndarray, *, stands_for_others: bool) -> None:
        """Add one kind of key.

        Args:
            pairs: int32 [rows], each pair once at most; with several hashes if the kind stands for no others.
            hashes: uint64 [rows], of the keys' texts. Two texts of one hash only keep two pairs apart needlessly.
            stands_for_others: whether keys of kinds that come later are to be dropped where this one implies them.

        """
        order = np.argsort(hashes, kind="stable")
        ordered = hashes[order]
        starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        sizes = np.diff(np.append(starts, len(ordered)))
        shared = sizes > 1
        members = pairs[order[np.repeat(shared, sizes)]]
        sizes = sizes[shared]
        new = ~self._implied(members, sizes)
        members, sizes = members[np.repeat(new, sizes)], sizes[new]
        keys = np.repeat(np.arange(self._count, self._count + len(sizes), dtype=np.int32), sizes)
        self._count += len(sizes)
        self._pairs.append(members)
        self._keys.append(keys)
        if stands_for_others:
            labels = np.full(int(pairs.max(initial=-1)) + 1, -1, dtype=np.int32)
            labels[members] = keys
            self._labels.append(labels)

    def _implied(self, members: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Return bool [keys]: whether all pairs of the key share another one."""
        implied = np.zeros(len(sizes), dtype=bool)
        if not len(sizes):
            return implied
        starts = np.cumsum(sizes) - sizes
        for labels in self._labels:
            known = np.full(len(members), -1, dtype=np.int32)
            inside = members < len(labels)
            known[inside] = labels[members[inside]]
            same = (known >= 0) & (known == np.repeat(known[starts], sizes))
            implied |= np.logical_and.reduceat(same, starts)
        return implied

    def collect(self, kept: np.ndarray) -> SharedKeys:
        """Return the keys of the pairs that are kept (bool [pairs]), renumbered without the others."""
        pairs = np.concatenate([*self._pairs, np.empty(0, dtype=np.int32)])
        keys = np.concatenate([*self._keys, np.empty(0, dtype=np.int32)])
        there = kept[pairs]
        pairs, keys = (np.cumsum(kept) - 1)[pairs[there]], keys[there]
        counts = np.bincount(pairs, minlength=int(kept.sum()))
        return SharedKeys(np.concatenate(([0], np.cumsum(counts))), keys[np.argsort(pairs, kind="stable")])


class SharedTexts:
    """Finds the texts that several pairs have, in whatever language, in memory that does not grow with the languages.

    Hashes and pairs lie in nameless files by the first bits of the hash, so that equal ones are in one file.
    """

    def __init__(self, folder: str | PathLike[str] | None) -> None:
        """Open the files in a folder, by default the system's for temporary files."""
        self._files = [tempfile.TemporaryFile(dir=folder) for _ in range(1 << _FIRST_BITS)]  # noqa: SIM115 (on leaving)

    def __enter__(self) -> "SharedTexts":
        return self

    def __exit__(self, *error: object) -> None:
        for file in self._files:
            file.close()

    def add(self, pairs: np.ndarray, hashes: np.ndarray) -> None:
        """Add the texts of one language: int32 [rows], the pairs, and uint64 [rows], the hashes."""
        numbers = (hashes >> np.uint64(64 - _FIRST_BITS)).astype(np.uint8)
        entries = np.empty(len(hashes), dtype=_ENTRY)
        order = np.argsort(numbers, kind="stable")
        entries["hash"], entries["pair"] = hashes[order], pairs[order]
        ends = np.cumsum(np.bincount(numbers, minlength=len(self._files)))
        for file, part in zip(self._files, np.split(entries, ends[:-1]), strict=True):
            file.write(part.tobytes())

    def parts(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield (pairs, hashes) of the texts that were added more than once, each pair once with each text."""
        for file in self._files:
            file.seek(0)
            entries = np.fromfile(file, dtype=_ENTRY)
            entries = entries[np.argsort(entries["hash"], kind="stable")]
            again = entries["hash"][1:] == entries["hash"][:-1]
            entries = entries[np.append(again, False) | np.insert(again, 0, False)] if len(again) else entries[:0]
            # The few that are left: a pair may have one text in several languages.
            entries = entries[np.lexsort((entries["pair"], entries["hash"]))]
            new = np.insert(entries[1:] != entries[:-1], 0, True)[: len(entries)]
            yield entries["pair"][new], entries["hash"][new]
