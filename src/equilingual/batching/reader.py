"""Read batches by their number; apart from the planner, so that an edit there trains nothing again."""

from bisect import bisect_right
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import pyarrow as pa

from equilingual.files import damaged, read_json
from equilingual.manifests import check_file, is_inside
from equilingual.parquet import ParquetFile


class BatchReader:
    """Reads batches by their number; opening one costs one row group, however far into the training it is."""

    def __init__(self, manifest: str | PathLike[str]) -> None:
        """Open and check the shards beside a manifest.

        Raises:
            DamagedFileError: the manifest is damaged or has lost shards; a shard is missing or its hash differs.

        """
        manifest = Path(manifest)
        self.summary = read_json(manifest, ["shards", "batches", "batch_size", "languages"])
        self._files: list[ParquetFile] = []
        self._first: list[int] = []  # the first batch of every row group
        self._groups: list[tuple[int, int]] = []  # (file, row group)
        batch = 0
        for number, (name, sha256) in enumerate(_shards(manifest, self.summary["shards"])):
            check_file(manifest.parent / name, sha256, manifest)
            file = ParquetFile(manifest.parent / name)
            self._files.append(file)
            for group in range(file.num_row_groups):
                self._first.append(batch)
                self._groups.append((number, group))
                batch += file.metadata.row_group(group).num_rows // self.summary["batch_size"]
        if batch != self.summary["batches"]:
            raise damaged(manifest, f"its shards have {batch} batches of {self.summary['batches']}")
        self._cached: tuple[int, pa.Table] | None = None

    def __len__(self) -> int:
        return int(self.summary["batches"])

    @property
    def languages(self) -> list[str]:
        """The languages of the training set, then those that bitext batches have besides."""
        bitext = self.summary.get("bitext") or {"languages": []}
        return list(dict.fromkeys([*self.summary["languages"], *bitext["languages"]]))

    def read(self, batch: int) -> pa.Table:
        """Return batch number ``batch`` (from 0) as a table of ``batch_size`` rows."""
        place = bisect_right(self._first, batch) - 1
        number, group = self._groups[place]
        if self._cached is None or self._cached[0] != place:
            self._cached = (place, self._files[number].read_row_group(group))
        size = self.summary["batch_size"]
        return self._cached[1].slice((batch - self._first[place]) * size, size)

    def row_groups(self) -> Iterator[pa.Table]:
        """Yield all rows in order, a row group at a time."""
        for number, group in self._groups:
            yield self._files[number].read_row_group(group)


def _shards(manifest: Path, entries: object) -> Iterator[tuple[str, str]]:
    """Yield the name and the hash of each shard."""
    if not isinstance(entries, list):
        raise damaged(manifest, "'shards' is not a list")
    for entry in entries:
        name, sha256 = (entry.get("file"), entry.get("sha256")) if isinstance(entry, dict) else (None, None)
        if not is_inside(name) or not isinstance(sha256, str):
            raise damaged(manifest, f"{entry!r} is not the name and the hash of a shard")
        yield name, sha256
