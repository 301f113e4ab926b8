"""Translations that were made before, by content: each distinct text is translated once per engine and pair.

A folder of Parquet files per engine, state of its data, and language pair. A file is written whole and never changed,
so jobs may read and write at once; what two jobs translate at the same time is stored twice, which does no harm. A job
merges its own files, and removes the parts when the merged file is complete.
"""

import hashlib
import json
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from equilingual.files import DamagedFileError, replacing
from equilingual.folders import why_unusable
from equilingual.parquet import ParquetWriter, check_parquet

_SCHEMA = pa.schema(
    [
        ("digest", pa.binary(16)),
        ("translation", pa.string()),
        ("unknown", pa.int32()),
        ("pieces", pa.int32()),
        ("cut", pa.bool_()),
    ]
)
_MERGE_EVERY = 64  # files of one tier
_ROWS = 4096  # of a row group, and more where the rows do not come in whole ones


_DAY = 86_400  # seconds


class CacheError(RuntimeError):
    """The cache's folder cannot be used, or a file of it is damaged."""


class CachedTranslation(NamedTuple):
    """What is kept of a text's translation."""

    text: str
    unknown: int
    pieces: int  # that the source text was split into
    cut: bool


def digest(text: str) -> bytes:
    """Return the 16 bytes by which a text is known: the first half of its SHA-256."""
    return hashlib.sha256(text.encode()).digest()[:16]


def digest_array(column: pa.ChunkedArray) -> np.ndarray:
    """Return a column of digests, none of them null, as an array of the type ``S16``."""
    chunks = [np.frombuffer(c.buffers()[1], "S16", len(c), 16 * c.offset) for c in column.chunks if len(c)]
    return np.concatenate([np.empty(0, "S16"), *chunks])


def find_digests(wanted: np.ndarray, digests: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each of ``wanted`` stands in sorted ``digests`` (any place if it does not), and whether it does."""
    if not len(digests):
        return np.zeros(len(wanted), int), np.zeros(len(wanted), bool)
    places = np.minimum(np.searchsorted(digests, wanted), len(digests) - 1)
    return places, digests[places] == wanted


class _Index(NamedTuple):
    """The digests of a file, sorted, and their rows in it: 24 bytes a text."""

    digests: np.ndarray
    rows: np.ndarray


class TranslationCache:
    """The translations of one engine and language pair.

    Memory: the digests of all files of the engine and pair, 24 bytes a text; each is read once.

    Args:
        folder: the cache's, shared by all engines and pairs.
        engine: the engine's name, for people.
        identity: what the engine's answers depend on; another identity is another folder.
        source: BCP-47 tag.
        target: BCP-47 tag.

    Raises:
        CacheError: the folder cannot be made, or not written into.

    """

    def __init__(
        self, folder: str | PathLike[str], engine: str, identity: Mapping[str, Any], source: str, target: str
    ) -> None:
        state = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]
        self._folder = Path(folder) / f"{engine}-{state}" / f"{source}-{target}"
        self._job = uuid.uuid4().hex
        self._own: defaultdict[int, list[Path]] = defaultdict(list)  # files of this job by tier
        self._indexes: dict[Path, _Index] = {}
        if problem := why_unusable(self._folder):
            raise CacheError(f"translation.cache: {problem}; choose another folder")
        _tidy(self._folder)

    def look_up(self, digests: Iterable[bytes]) -> dict[bytes, CachedTranslation]:
        """Return those of the texts that were translated before, by this job or another.

        Of a file, only the row groups are read that have one of the texts: of texts that come in the order in which
        they were kept, as those of a corpus do, each about once; of others, at most each with every call.

        Raises:
            CacheError: a file is damaged.

        """
        missing = list(digests)
        found: dict[bytes, CachedTranslation] = {}
        searched: set[Path] = set()
        gone = True
        while gone:
            gone = False
            files = self._files()
            self._indexes = {file: index for file, index in self._indexes.items() if file in files}
            for file in sorted(files - searched):
                searched.add(file)
                try:
                    found |= self._search(file, missing)
                except FileNotFoundError:
                    gone = True  # merged just now into a file that the next look at the folder finds
                missing = [key for key in missing if key not in found]
        return found

    def _files(self) -> set[Path]:
        # Twice: while a folder is listed, a merge can hide its parts and its whole, but not from the next listing.
        return {file for _ in range(2) for file in self._folder.glob("[!.]*.parquet")}

    def _search(self, file: Path, wanted: Sequence[bytes]) -> dict[bytes, CachedTranslation]:
        """Return those of the texts that a file has; memory as for the texts and one row group."""
        if file not in self._indexes:
            # The checksum of the whole file costs a pass over it, once; those of its pages are compared in every read.
            with _opened(file, whole=True) as parquet:
                digests = digest_array(parquet.read(["digest"])["digest"])
                check_rows(len(digests), parquet.metadata.num_rows)
            order = np.argsort(digests, kind="stable")
            self._indexes[file] = _Index(digests[order], order)
        index = self._indexes[file]
        places, there = find_digests(np.array(wanted, "S16"), index.digests)
        keys = {int(index.rows[places[number]]): wanted[number] for number in np.flatnonzero(there).tolist()}
        return {keys[row]: value for row, value in _read_rows(file, sorted(keys))} if keys else {}

    def add(self, translations: Mapping[bytes, CachedTranslation]) -> None:
        """Keep translations; once this returns, a killed job no longer loses them."""
        rows = [{"digest": key, "translation": value.text, **value._asdict()} for key, value in translations.items()]
        self._write([pa.Table.from_pylist(rows, schema=_SCHEMA)], tier=0)
        # In tiers, so that a text is written again once per tier and not with every merge.
        tier = 0
        while len(self._own[tier]) >= _MERGE_EVERY:
            self._merge(self._own.pop(tier), tier + 1)
            tier += 1

    def merge(self) -> None:
        """Make one file of all that this job has added; memory does not grow with it."""
        tiers = sorted(self._own, reverse=True)
        parts = [file for tier in tiers for file in self._own[tier]]  # in the order in which the texts came
        if len(parts) > 1:
            self._own.clear()
            self._merge(parts, tiers[0])

    def _merge(self, parts: Sequence[Path], tier: int) -> None:
        self._write(_regrouped(parts), tier)
        for part in parts:
            part.unlink()

    def _write(self, tables: Iterable[pa.Table], tier: int) -> None:
        file = self._folder / f"{self._job}-{uuid.uuid4().hex[:8]}.parquet"
        with replacing(file) as temporary, ParquetWriter(temporary, _SCHEMA) as writer:
            for table in tables:
                writer.write_table(table)
        self._own[tier].append(file)


def _tidy(folder: Path) -> None:
    """Take away what killed jobs were writing: a living one has touched its file within the day."""
    for file in folder.glob(".*.partial.parquet"):
        with suppress(FileNotFoundError):  # another job has just taken it away, or renamed it
            if time.time() - file.stat().st_mtime > _DAY:
                file.unlink()


@contextmanager
def _opened(file: Path, *, whole: bool = False) -> Iterator[pq.ParquetFile]:
    try:
        if whole:
            check_parquet(file)
        # Buffered ahead, as is the default, the whole file would stay in memory.
        with pq.ParquetFile(file, pre_buffer=False, page_checksum_verification=True) as parquet:
            yield parquet
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, KeyError, DamagedFileError) as error:
        raise CacheError(
            f"{file}: this file of the translation cache cannot be read; delete it; its texts will be translated again"
            f" ({error})"
        ) from None


def check_rows(found: int, expected: int) -> None:
    """Raise ``OSError`` where rows are missing: a page's header, which has no checksum, can say less than there is."""
    if found != expected:
        raise OSError(f"{found} rows instead of {expected}")


def whole_batches(parquet: pq.ParquetFile, rows: int) -> Iterator[pa.RecordBatch]:
    """Yield the batches of a file; at the end, raise ``OSError`` where rows are missing."""
    seen = 0
    for batch in parquet.iter_batches(rows):
        seen += len(batch)
        yield batch
    check_rows(seen, parquet.metadata.num_rows)


def _read_rows(file: Path, rows: Sequence[int]) -> Iterator[tuple[int, CachedTranslation]]:
    """Yield some rows of a file, by number; ``rows`` ascend."""
    with _opened(file) as parquet:
        groups = [parquet.metadata.row_group(number).num_rows for number in range(parquet.num_row_groups)]
        ends = np.cumsum(groups)
        group_of = np.searchsorted(ends, rows, side="right")
        for group in np.unique(group_of):
            numbers = np.asarray(rows)[group_of == group]
            columns = parquet.read_row_group(group, [name for name in _SCHEMA.names if name != "digest"])
            check_rows(len(columns), groups[group])
            table = columns.take(numbers - (ends[group] - groups[group]))
            for number, row in zip(numbers.tolist(), table.to_pylist(), strict=True):
                yield number, CachedTranslation(row["translation"], row["unknown"], row["pieces"], row["cut"])


def _regrouped(files: Sequence[Path]) -> Iterator[pa.Table]:
    """Yield the rows of files in their order, in tables of ``_ROWS`` to twice as many; the last has the rest."""
    held: list[pa.RecordBatch] = []
    for file in files:
        with _opened(file, whole=True) as parquet:
            for batch in whole_batches(parquet, _ROWS):
                held.append(batch)
                if sum(map(len, held)) >= _ROWS:
                    yield pa.Table.from_batches(held)
                    held = []
    if held:
        yield pa.Table.from_batches(held)
