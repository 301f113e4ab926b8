"""The distinct texts of a table, which are encoded once each."""

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from equilingual.parquet import read_columns, read_footer, read_rows

_HALVES = 2  # of a digest, uint64 each
_DIGEST_BYTES = 8 * _HALVES


class DistinctTexts:
    """Which rows of a table have the same text.

    No text is kept. Memory is 28 bytes a text, and while the texts are compared 45 (measured with a million).

    Attributes:
        numbers: int32 [rows], the number of each row's text; texts are numbered in the order of their first rows.
        first_rows: int64 [distinct texts], ascending.

    """

    def __init__(self, table: Path) -> None:
        self._table = table
        digests = _digests(table)
        # In the order of the digests; the sort is stable, so that of equal ones the first row comes first.
        order = np.lexsort((digests[:, 1], digests[:, 0])).astype(np.int32)
        is_new = np.ones(len(order), dtype=bool)
        is_new[1:] = False
        for half in range(_HALVES):
            values = digests[order, half]
            is_new[1:] |= values[1:] != values[:-1]
            del values
        firsts = order[is_new]
        by_row = np.argsort(firsts).astype(np.int32)
        number = np.empty(len(firsts), dtype=np.int32)
        number[by_row] = np.arange(len(firsts), dtype=np.int32)
        self.first_rows = firsts[by_row].astype(np.int64)
        del firsts, by_row
        group = np.cumsum(is_new, dtype=np.int32)
        group -= 1
        self.numbers: np.ndarray = np.empty(len(order), dtype=np.int32)
        self.numbers[order] = number[group]
        del order, group, number
        self._digests = digests[self.first_rows]

    def __len__(self) -> int:
        return len(self._digests)

    def key(self, part: range, made_by: str) -> str:
        """Return the digest of the texts with these numbers, and of what else decides their vectors."""
        return hashlib.sha256(made_by.encode() + self._digests[part.start : part.stop].tobytes()).hexdigest()[:32]

    def read(self, parts: list[range]) -> Iterator[list[str]]:
        """Yield the texts of some parts, which are ascending ranges of numbers, in one pass over the table."""
        rows = [self.first_rows[part.start : part.stop] for part in parts]
        texts = self._read_rows(np.concatenate([np.empty(0, np.int64), *rows]))
        for part in parts:
            yield list(islice(texts, len(part)))

    def _read_rows(self, rows: np.ndarray) -> Iterator[str]:
        for part in read_rows(self._table, ["text"], rows):
            yield from part["text"].to_pylist()


def _digests(table: Path) -> np.ndarray:
    """Return the first 128 bits of each text's SHA-256, uint64 [rows, 2]."""
    digests = np.empty((read_footer(table).num_rows, _HALVES), dtype=np.uint64)
    start = 0
    for batch in read_columns(table, ["text"]):
        found = b"".join(hashlib.sha256(text.encode()).digest()[:_DIGEST_BYTES] for text in batch["text"].to_pylist())
        digests[start : start + len(batch)] = np.frombuffer(found, dtype=np.uint64).reshape(-1, _HALVES)
        start += len(batch)
    return digests
