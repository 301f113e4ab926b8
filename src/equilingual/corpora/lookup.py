"""Texts by id, on disk: those of a large collection that are asked for, and no others.

In memory there are a 64-bit hash and an offset for each id that is asked for (24 bytes; two ids of ten million share
one with a chance of 3 in a million). The texts stand in a file without a name, which the system takes away with the
process.
"""

import bisect
import itertools
import os
import tempfile
from array import array
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import xxhash

from equilingual.corpora.errors import CorpusError
from equilingual.corpora.pairs import Place, check_text
from equilingual.messages import shown

_IDS_AT_ONCE = 256  # with their texts, each of which may be 100 kB long
_HEAD = 8  # bytes before a record: the lengths of its id and text


def hash_id(identifier: str) -> int:
    """Return an id's hash, an unsigned 64-bit integer, the same in every run."""
    return xxhash.xxh3_64_intdigest(identifier.encode())


def position_of(values: "array[int]", value: int) -> int | None:
    """Return where a value stands in sorted ones, ``None`` where it does not."""
    position = bisect.bisect_left(values, value)
    return position if position < len(values) and values[position] == value else None


class TextStore:
    """The texts of the ids whose hashes are ``wanted`` (uint64, at least one, any order, repeated or not)."""

    def __init__(self, wanted: np.ndarray, folder: Path) -> None:
        self._hashes = np.unique(wanted)
        self._sorted = array("Q", self._hashes.tobytes())  # a single number is found here 5 times as fast
        self._offsets = np.full(len(self._hashes), -1, dtype=np.int64)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed with the store)
        self._end = 0

    def fill(self, rows: Iterable[tuple[Place, str, str]]) -> None:
        """Keep the rows (place, id, text) that are asked for.

        Raises:
            CorpusError: an id has two different texts, or a text is broken.

        """
        remaining = iter(rows)
        while batch := list(itertools.islice(remaining, _IDS_AT_ONCE)):
            hashes = np.fromiter((hash_id(row[1]) for row in batch), dtype=np.uint64, count=len(batch))
            positions = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
            for number in np.flatnonzero(self._hashes[positions] == hashes):
                self._keep(int(positions[number]), *batch[number])
        self._file.flush()

    def _keep(self, position: int, place: Place, identifier: str, text: str) -> None:
        text = check_text(place, f"the text of {shown(identifier)}", text)
        if self._offsets[position] >= 0:
            self._file.flush()
            if self._read(int(self._offsets[position])) != (identifier, text):
                raise CorpusError(*place, f"duplicate id {shown(identifier)}, with different texts")
            return
        head, body = identifier.encode(), text.encode()
        self._file.write(len(head).to_bytes(4, "little") + len(body).to_bytes(4, "little") + head + body)
        self._offsets[position] = self._end
        self._end += _HEAD + len(head) + len(body)

    def get(self, hashed: int) -> tuple[str, str] | None:
        """Return (id, text) of a hash, ``None`` where the rows had it not."""
        position = position_of(self._sorted, hashed)
        if position is None or self._offsets[position] < 0:
            return None
        return self._read(int(self._offsets[position]))

    def _read(self, offset: int) -> tuple[str, str]:
        head = os.pread(self._file.fileno(), _HEAD, offset)
        middle, length = int.from_bytes(head[:4], "little"), int.from_bytes(head[4:], "little")
        body = os.pread(self._file.fileno(), middle + length, offset + _HEAD)
        return body[:middle].decode(), body[middle:].decode()

    def close(self) -> None:
        """Let go of the texts."""
        self._file.close()
