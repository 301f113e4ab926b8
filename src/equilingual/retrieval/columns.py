"""Columns of Arrow tables that may be longer than memory has room for as Python objects: looked at a part at a time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_ROWS_AT_ONCE = 131_072


def parts_of(column: pa.ChunkedArray) -> Iterator[pa.Array]:
    """Yield a column in parts of some thousand rows."""
    for chunk in column.chunks:
        for start in range(0, len(chunk), _ROWS_AT_ONCE):
            yield chunk.slice(start, _ROWS_AT_ONCE)


def values_at(column: pa.ChunkedArray, rows: np.ndarray) -> pa.Array:
    """Return the values of some rows of a column; ``rows`` is int64 [n], ascending.

    ``take`` of a column would make one array of all its parts first.
    """
    found, start = [], 0
    for part in parts_of(column):
        first, last = np.searchsorted(rows, (start, start + len(part)))
        if first < last:
            found.append(part.take(pa.array(rows[first:last] - start)))
        start += len(part)
    return pa.concat_arrays([pa.array([], column.type), *found])


def places_of(parts: Iterable[pa.Array], wanted: pa.Array) -> np.ndarray:
    """Return the first row that has each wanted value, int64 [wanted]; -1 for none, and for null.

    Args:
        parts: of a column, in order.
        wanted: values of the same type. Memory is that of these, and not of the column.

    """
    encoded = wanted.dictionary_encode()
    numbers = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    places = np.full(len(encoded.dictionary) + 1, -1, dtype=np.int64)
    start = 0
    for part in parts:
        found = pc.index_in(part, value_set=encoded.dictionary).fill_null(-1).to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(found >= 0)
        rows = rows[places[found[rows]] < 0][::-1]  # of several in a part, the first is written last
        places[found[rows]] = rows + start
        start += len(part)
    return np.asarray(places[numbers])


def codes_of(column: pa.ChunkedArray) -> tuple[np.ndarray, list[str]]:
    """Return a column of few different texts as their numbers, int32 [rows], and the texts."""
    encoded = column.dictionary_encode().unify_dictionaries()
    if not len(encoded):
        return np.empty(0, dtype=np.int32), []
    return np.concatenate([chunk.indices.to_numpy() for chunk in encoded.chunks]), encoded.chunk(
        0
    ).dictionary.to_pylist()


class TextColumn(Sequence[str]):
    """A column of texts as a sequence; only those that are asked for become Python's."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> "TextColumn": ...

    def __getitem__(self, place: int | slice) -> "str | TextColumn":
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            if step != 1:
                raise ValueError(f"texts are taken in their order; found a slice with the step {step}")
            return TextColumn(self._column.slice(start, max(stop - start, 0)))
        return str(self._column[int(place)].as_py())

    def __iter__(self) -> Iterator[str]:
        for part in parts_of(self._column):
            yield from part.to_pylist()
