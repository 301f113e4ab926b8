"""How alike two QA pairs are, and which ones may be: shingles, MinHash and locality-sensitive hashing.

A text's shingles are all runs of so many characters of its normalised form. Characters and not words, because one rule
then serves every script, those without spaces too. How alike two texts are is the Jaccard similarity of their shingles:
those that both have, divided by those that either has.

Two QA pairs are as alike as their questions or their passages are, whichever is less. Of question and passage as one
text, two questions on one long passage would be near duplicates.

MinHash is Broder's (1997) with multiply-shift hashes, in NumPy: on texts of 260 characters and 128 permutations it
takes 29 µs a text here, rensa's 35 µs and datasketch's 1 ms, and it needs no package.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from equilingual.seeding import generator

_CHARACTERS_AT_ONCE = 2**20
_FOUND = 0.95  # at least, of the pairs that are as alike as the threshold
_FILLER = "\uffff"  # no character, so that it is in no text
_ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Nearness:
    """What counts as a near duplicate.

    Attributes:
        threshold: the least similarity, above 0 and at most 1.
        permutations: hash functions for questions and as many for passages.
        shingle: characters in one.

    """

    threshold: float
    permutations: int
    shingle: int

    @property
    def band_rows(self) -> int:
        """How many hashes of the question and how many of the passage make a band.

        As many as leave 95% of the pairs at the threshold to be found: longer bands have fewer members to compare.
        """
        rows = range(1, self.permutations + 1)
        return max((row for row in rows if self._found(row) >= _FOUND), default=1)

    @property
    def bands(self) -> int:
        """How many bands there are; two pairs are compared if they agree in one."""
        return self.permutations // self.band_rows

    @property
    def found_at_threshold(self) -> float:
        """The probability that a pair whose question and passage are both just at the threshold is found."""
        return self._found(self.band_rows)

    def _found(self, rows: int) -> float:
        return float(1 - (1 - self.threshold ** (2 * rows)) ** (self.permutations // rows))


def shingle_hashes(texts: Sequence[str], size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the shingles of some texts, hashed, one text's after the other's.

    Return uint64 [shingles], and int64 [texts + 1], where each text's begin. A text shorter than ``size`` characters
    has one shingle: itself.
    """
    padded = [text.ljust(size, _FILLER) for text in texts]
    lengths = np.array([len(text) for text in padded], dtype=np.int64)
    codes = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    windows = max(len(codes) - size + 1, 0)
    hashes = np.zeros(windows, dtype=np.uint64)
    for place in range(size):
        hashes = hashes * _ODD + codes[place : windows + place]
    is_whole = np.ones(windows, dtype=bool)  # not across the border of two texts
    borders = np.cumsum(lengths)[:-1]
    for place in range(1, size):
        is_whole[borders - place] = False
    starts = np.concatenate(([0], np.cumsum(lengths - size + 1)))
    return _mixed(hashes[is_whole]), starts


def _mixed(hashes: np.ndarray) -> np.ndarray:
    """Return uint64 of which every bit depends on all bits of the input (SplitMix64's finaliser)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = hashes ^ (hashes >> np.uint64(31))
    return mixed


def band_hashes(questions: Sequence[str], passages: Sequence[str], nearness: Nearness) -> np.ndarray:
    """Return uint32 [pairs, bands]; pairs that agree in one are to be compared.

    Args:
        questions: normalised.
        passages: normalised, one for each question.
        nearness: what counts as a near duplicate.

    A band has as many hashes of the question as of the passage: pairs of one passage alone, or of one question alone,
    rarely agree in one.

    """
    bands, rows = nearness.bands, nearness.band_rows
    found = np.empty((len(questions), bands), dtype=np.uint32)
    for here in _portions(
        [len(question) + len(passage) for question, passage in zip(questions, passages, strict=True)]
    ):
        mixed = np.zeros((here.stop - here.start, bands), dtype=np.uint64)
        for side, texts in (("question", questions), ("passage", passages)):
            values = _least_hashes(*shingle_hashes(texts[here], nearness.shingle), bands * rows, side)
            for row in range(rows):
                mixed = _mixed(mixed * _ODD + values[:, row::rows])
        found[here] = mixed >> np.uint64(32)
    return found


def _portions(sizes: Sequence[int]) -> Iterator[slice]:
    """Yield ranges of texts, one after the other, of :data:`_CHARACTERS_AT_ONCE` or one text each."""
    start = total = 0
    for end, size in enumerate(sizes):
        if total and total + size > _CHARACTERS_AT_ONCE:
            yield slice(start, end)
            start, total = end, 0
        total += size
    if start < len(sizes):
        yield slice(start, len(sizes))


def _least_hashes(shingles: np.ndarray, starts: np.ndarray, permutations: int, side: str) -> np.ndarray:
    """Return uint64 [texts, permutations]: the least hash of each text's shingles under each permutation."""
    rng = generator(0, "near duplicates", side)  # the same in every run: which pairs are found is no draw
    factors, shifts = rng.integers(2**64, size=(2, permutations), dtype=np.uint64)
    shingles = shingles >> np.uint64(32)
    least = np.empty((len(starts) - 1, permutations), dtype=np.uint64)
    for number in range(permutations):
        hashes = (shingles * factors[number] + shifts[number]) >> np.uint64(32)
        least[:, number] = np.minimum.reduceat(hashes, starts[:-1])
    return least


class ShingleSets:
    """The shingles of some pairs, in a nameless file, so that memory does not grow with their texts."""

    def __init__(self, pairs: np.ndarray, nearness: Nearness, folder: str | os.PathLike[str]) -> None:
        """Make room for some pairs (their numbers, ascending)."""
        self._pairs, self._size = pairs, nearness.shingle
        self._places = np.zeros((len(pairs), 3), dtype=np.int64)  # offset, shingles of the question, of the passage
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed on leaving)
        self._end = 0

    def __enter__(self) -> "ShingleSets":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def add(self, pairs: np.ndarray, questions: Sequence[str], passages: Sequence[str]) -> None:
        """Add the normalised texts of some of the pairs."""
        sides = [_sets(texts, self._size) for texts in (questions, passages)]
        for place, *sets in zip(np.searchsorted(self._pairs, pairs), *sides, strict=True):
            self._places[place] = self._end, *map(len, sets)
            for values in sets:
                self._file.write(values.tobytes())
                self._end += len(values)

    def similarity(self, first: int, second: int) -> float:
        """Return how alike two of the pairs are: the lesser Jaccard similarity, of questions or of passages."""
        self._file.flush()
        one, other = self._read(first), self._read(second)
        return min(map(_jaccard, one, other))

    def _read(self, pair: int) -> list[np.ndarray]:
        offset, questions, passages = self._places[np.searchsorted(self._pairs, pair)].tolist()
        data = os.pread(self._file.fileno(), 8 * (questions + passages), 8 * offset)
        values = np.frombuffer(data, dtype=np.uint64)
        return [values[:questions], values[questions:]]


def _sets(texts: Sequence[str], size: int) -> Iterator[np.ndarray]:
    """Yield each text's shingles, ascending, each once."""
    for here in _portions([len(text) for text in texts]):
        hashes, starts = shingle_hashes(texts[here], size)
        for start, end in pairwise(starts.tolist()):
            yield np.unique(hashes[start:end])


def _jaccard(first: np.ndarray, second: np.ndarray) -> float:
    both = len(np.intersect1d(first, second, assume_unique=True))
    return both / (len(first) + len(second) - both)
