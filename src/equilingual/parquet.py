"""The Parquet files of stages: one way to write them, with checksums, and one to read them, which compares these.

A user's own files, which need not have checksums, are read by ``equilingual.corpora.records``.
"""

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from equilingual.files import DIGEST_BYTES, MARK, damaged, reading, replacing, xxh3_of

ROWS_AT_ONCE = 16_384  # of a Parquet file that is read in a stream
_TAIL_BYTES = 8  # that a Parquet file ends with: the length of its footer (4 bytes, little-endian) and "PAR1"


class ParquetWriter(pq.ParquetWriter):  # type: ignore[misc]  # pyarrow has no types
    """Writes a zstd Parquet file with a page index and checksums of its pages, and at the end one of the whole file.

    Page checksums (CRC-32) cover the data of pages, and neither their headers nor the footer: a bit there can turn one
    column into another. :func:`_seal` closes this gap. The same tables and version of pyarrow give the same bytes.
    """

    def __init__(self, path: str | os.PathLike[str], schema: pa.Schema, **options: Any) -> None:  # noqa: ANN401
        self._sealed = os.fspath(path)
        checked = {"compression": "zstd", "write_page_index": True, "write_page_checksum": True}
        super().__init__(self._sealed, schema, **checked, **options)

    def close(self) -> None:
        """Write the footer and the checksum of the file."""
        if self.is_open:
            super().close()
            _seal(self._sealed)


def _seal(path: str) -> None:
    """Put the checksum of a Parquet file behind its footer, as a part of it.

    Readers parse the footer's Thrift structure, which ends by itself, and read no further. The Parquet format does the
    same with the signature of an encrypted file's plaintext footer ("allows legacy readers to read the footer"). In
    the key-value metadata, the checksum would go along with whatever pyarrow makes of the table.
    """
    with open(path, "r+b") as file:
        end = file.seek(-_TAIL_BYTES, os.SEEK_END)
        length = int.from_bytes(file.read(4), "little") + len(MARK) + DIGEST_BYTES
        tail = length.to_bytes(4, "little") + file.read(4)
        file.seek(end)
        file.write(MARK + xxh3_of(file, end, tail) + tail)


def parquet_damage(path: str | os.PathLike[str]) -> str | None:
    """Return what is wrong with a Parquet file by its size and checksum; a file that something else wrote has none."""
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        end = size - _TAIL_BYTES - DIGEST_BYTES - len(MARK)
        if end < 0:
            return "not a Parquet file" if size else "it is empty"
        file.seek(end)
        mark, digest, tail = file.read(len(MARK)), file.read(DIGEST_BYTES), file.read()
        return "its checksum differs" if mark == MARK and digest != xxh3_of(file, end, tail) else None


def check_parquet(path: str | os.PathLike[str]) -> None:
    """Compare the checksum of a Parquet file that a stage wrote.

    Raises:
        MissingFileError: there is no such file.
        DamagedFileError: its bytes are not those that were written.

    """
    with reading(path):
        if problem := parquet_damage(path):
            raise damaged(path, problem)


class ParquetFile(pq.ParquetFile):  # type: ignore[misc]  # pyarrow has no types
    """A Parquet file whose checksums are compared: that of the whole file when it is opened, those of pages when read.

    Columns are not buffered ahead, as is pyarrow's default: the whole file would stay in memory.

    Raises:
        MissingFileError: there is no such file.
        DamagedFileError: a checksum differs, the file cannot be read, or it lacks a column.

    """

    def __init__(self, path: str | os.PathLike[str], **options: Any) -> None:  # noqa: ANN401
        self._path = path
        check_parquet(path)
        with reading(path, pa.ArrowException, KeyError):
            super().__init__(path, pre_buffer=False, page_checksum_verification=True, **options)

    def read(self, columns: Sequence[str] | None = None, **options: Any) -> pa.Table:  # noqa: ANN401
        """Return the table, of some columns in the order given, or of all."""
        with reading(self._path, pa.ArrowException):
            table = super().read(self._checked(columns), **options)
        return table if columns is None else table.select(columns)

    def read_row_group(self, i: int, columns: Sequence[str] | None = None, **options: Any) -> pa.Table:  # noqa: ANN401
        """Return one row group, of some columns in the order given, or of all."""
        with reading(self._path, pa.ArrowException):
            table = super().read_row_group(i, self._checked(columns), **options)
        return table if columns is None else table.select(columns)

    def iter_batches(
        self,
        batch_size: int = ROWS_AT_ONCE,
        *,
        columns: Sequence[str] | None = None,
        **options: Any,  # noqa: ANN401
    ) -> Iterator[pa.RecordBatch]:
        """Yield ``batch_size`` rows at a time, of some columns in the order given, or of all."""
        batches = super().iter_batches(batch_size, columns=self._checked(columns), **options)
        while True:
            with reading(self._path, pa.ArrowException):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch if columns is None else batch.select(columns)

    def _checked(self, columns: Sequence[str] | None) -> list[str] | None:
        if lacking := [name for name in columns or () if name not in self.schema_arrow.names]:
            raise damaged(self._path, f"it has no column {lacking[0]!r}")
        return None if columns is None else list(columns)


def write_parquet(
    table: pa.Table,
    path: str | os.PathLike[str],
    *,
    metadata: Mapping[str, str] | None = None,
    row_group_size: int = 4096,
) -> None:
    """Write a table with :class:`ParquetWriter`, whole or not at all.

    ``metadata`` (provenance) goes into the schema's key-value metadata.
    """
    if metadata:
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), **metadata})
    with replacing(path) as temporary, ParquetWriter(temporary, table.schema) as writer:
        writer.write_table(table, row_group_size=row_group_size)


def read_table(path: str | os.PathLike[str], columns: Sequence[str] | None = None) -> pa.Table:
    """Return a Parquet file's table, of some columns in the order given, or of all; errors as :class:`ParquetFile`."""
    with ParquetFile(path) as file:
        return file.read(columns)


def read_rows(path: str | os.PathLike[str], columns: Sequence[str], rows: np.ndarray) -> Iterator[pa.Table]:
    """Yield some rows of a Parquet file, in parts; only the row groups that have any are read.

    Args:
        path: the file.
        columns: which, in the order given.
        rows: int64 [n], ascending.

    """
    with ParquetFile(path) as file:
        sizes = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
        starts = np.cumsum([0, *sizes])
        for number, (first, last) in enumerate(itertools.pairwise(np.searchsorted(rows, starts))):
            if first < last:
                here = pa.array(rows[first:last] - starts[number])
                yield file.read_row_group(number, columns).take(here)


def read_footer(path: str | os.PathLike[str]) -> pq.FileMetaData:
    """Return what a Parquet file's footer says of rows, row groups and columns; errors as :class:`ParquetFile`."""
    with ParquetFile(path) as file:
        return file.metadata


def column_names(path: str | os.PathLike[str]) -> list[str]:
    """Return the names of a Parquet file's columns; errors as :class:`ParquetFile`."""
    with ParquetFile(path) as file:
        names: list[str] = file.schema_arrow.names
        return names


def read_columns(
    path: str | os.PathLike[str], columns: Sequence[str], *, optional: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Yield some columns of a Parquet file, in the order given, :data:`ROWS_AT_ONCE` rows at a time.

    Those of ``optional`` come last, as far as the file has them.
    """
    with ParquetFile(path) as file:
        there = [name for name in optional if name in file.schema_arrow.names]
        yield from file.iter_batches(columns=[*columns, *there], use_threads=False)
