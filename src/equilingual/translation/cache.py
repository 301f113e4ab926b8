"""Translations that were made before, by content: each distinct text is translated once per engine and pair.

A folder of Parquet files per engine, state of its data, and language pair. A file is written whole and never changed,
so jobs may read and write at once; what two jobs translate at the same time stands twice, which harms nobody.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from equilingual.files import write_parquet

_SCHEMA = pa.schema(
    [
        ("digest", pa.binary(16)),
        ("translation", pa.string()),
        ("unknown", pa.int32()),
        ("pieces", pa.int32()),
        ("cut", pa.bool_()),
    ]
)
_MERGE_EVERY = 64  # files of one job


class CachedTranslation(NamedTuple):
    """What is kept of a text's translation."""

    text: str
    unknown: int
    pieces: int  # that the source text was split into
    cut: bool


def digest(text: str) -> bytes:
    """Return the 16 bytes by which a text is known: the first half of its SHA-256."""
    return hashlib.sha256(text.encode()).digest()[:16]


class TranslationCache:
    """The translations of one engine and language pair.

    Args:
        folder: the cache's, shared by all engines and pairs.
        engine: the engine's name, for people.
        identity: what the engine's answers depend on; another identity is another folder.
        source: BCP-47 tag.
        target: BCP-47 tag.

    """

    def __init__(
        self, folder: str | PathLike[str], engine: str, identity: Mapping[str, Any], source: str, target: str
    ) -> None:
        state = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]
        self._folder = Path(folder) / f"{engine}-{state}" / f"{source}-{target}"
        self._job = uuid.uuid4().hex
        self._own: list[Path] = []

    def look_up(self, digests: Iterable[bytes]) -> dict[bytes, CachedTranslation]:
        """Return those of the texts that were translated before; reads each file's digests once."""
        wanted = pa.array(digests, pa.binary(16))
        found: dict[bytes, CachedTranslation] = {}
        read: set[Path] = set()
        while files := sorted(set(self._folder.glob("[!.]*.parquet")) - read):
            for file in files:
                read.add(file)
                # One that is gone was merged into another file just now, which the next look at the folder finds.
                with suppress(FileNotFoundError):
                    found.update(_read(file, wanted))
        return found

    def add(self, translations: Mapping[bytes, CachedTranslation]) -> None:
        """Keep translations; once this returns, a killed job no longer loses them."""
        rows = [{"digest": key, "translation": value.text, **value._asdict()} for key, value in translations.items()]
        self._write(pa.Table.from_pylist(rows, schema=_SCHEMA))
        if len(self._own) >= _MERGE_EVERY:
            self.merge()

    def merge(self) -> None:
        """Make one file of all that this job has added."""
        if len(self._own) > 1:
            parts, self._own = self._own, []
            self._write(pa.concat_tables([pq.read_table(part) for part in parts]))
            for part in parts:
                part.unlink()

    def _write(self, table: pa.Table) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / f"{self._job}-{uuid.uuid4().hex[:8]}.parquet"
        write_parquet(table, file)
        self._own.append(file)


def _read(file: Path, wanted: pa.Array) -> dict[bytes, CachedTranslation]:
    found: dict[bytes, CachedTranslation] = {}
    with pq.ParquetFile(file) as parquet:
        for batch in parquet.iter_batches():
            for row in batch.filter(pc.is_in(batch["digest"], value_set=wanted)).to_pylist():
                found[row["digest"]] = CachedTranslation(row["translation"], row["unknown"], row["pieces"], row["cut"])
    return found
