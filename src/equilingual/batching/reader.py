"""Read batches by their number; apart from the planner, so that an edit there trains nothing again."""

from bisect import bisect_right
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import pyarrow as pa

from equilingual.files import ParquetFile, read_json, sha256_of


class DamagedShardError(ValueError):
    """A shard is missing or not what the manifest says."""


class BatchReader:
    """Reads batches by their number; opening one costs one row group, however far into the training it is."""

    def __init__(self, manifest: str | PathLike[str]) -> None:
        """Open and check the shards beside a manifest.

        Raises:
            DamagedShardError: a shard is missing or its hash is not the manifest's; the message says how to redo it.

        """
        self.summary = read_json(manifest)
        self._files: list[ParquetFile] = []
        self._first: list[int] = []  # the first batch of every row group
        self._groups: list[tuple[int, int]] = []  # (file, row group)
        batch = 0
        for number, entry in enumerate(self.summary["shards"]):
            path = Path(manifest).parent / entry["file"]
            if not path.exists() or sha256_of(path) != entry["sha256"]:
                raise DamagedShardError(
                    f"{path} is missing or damaged (expected sha256 {entry['sha256']}): delete {manifest} and rerun"
                )
            file = ParquetFile(path)
            self._files.append(file)
            for group in range(file.num_row_groups):
                self._first.append(batch)
                self._groups.append((number, group))
                batch += file.metadata.row_group(group).num_rows // self.summary["batch_size"]
        self._cached: tuple[int, pa.Table] | None = None

    def __len__(self) -> int:
        return int(self.summary["batches"])

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
