"""How every stage reads and writes its files: to a temporary name, then renamed, and never half."""

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_AT_ONCE = 16_384  # of a Parquet file that is read in a stream


class FullDiskError(RuntimeError):
    """There is no room for a file; the message says where."""


@contextmanager
def telling_full_disk(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn whatever a library raises where the disk is full into one clear error.

    Raises:
        FullDiskError: the block has met a full disk (or quota), be it as an ``OSError`` or in a library's own words.

    """
    try:
        yield
    except Exception as error:
        if isinstance(error, FullDiskError) or not _met_full_disk(error):
            raise
        raise FullDiskError(
            f"no space left on the disk while writing {path}: make room and start again; what was there before is "
            "kept, and the run goes on from it"
        ) from error


def _met_full_disk(error: BaseException | None) -> bool:
    """Return whether an error, or one that it came of, is of a full disk."""
    while error is not None:
        codes = {errno.ENOSPC, errno.EDQUOT}
        if getattr(error, "errno", None) in codes or any(os.strerror(code) in str(error) for code in codes):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it to ``path`` if the block ends without an error.

    A process killed inside the block leaves ``path`` as it was. The temporary name is always the same, so that the
    next attempt writes over what a killed one has left; one process at a time may write a path. Missing parent folders
    are made.

    Raises:
        FullDiskError: there is no room; ``path`` is as it was.

    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.partial{path.suffix}")
    try:
        with telling_full_disk(path):
            yield temporary
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Return the file's SHA-256 as 64 lower-case hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_json(path: str | os.PathLike[str]) -> Any:  # noqa: ANN401 (JSON has no static type)
    """Return the parsed JSON document of a UTF-8 file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_json(value: object, path: str | os.PathLike[str]) -> None:
    """Write ``value`` as indented UTF-8 JSON, keys in the order given, with a final newline."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def write_parquet(
    table: pa.Table,
    path: str | os.PathLike[str],
    *,
    metadata: Mapping[str, str] | None = None,
    row_group_size: int = 4096,
) -> None:
    """Write a zstd Parquet file with a page index and checksums.

    The same table and pyarrow version give the same bytes.
    ``metadata`` (provenance) goes into the schema's key-value metadata.
    """
    if metadata:
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), **metadata})
    with replacing(path) as temporary:
        pq.write_table(
            table,
            temporary,
            compression="zstd",
            row_group_size=row_group_size,
            write_page_index=True,
            write_page_checksum=True,
        )


def read_columns(path: str | os.PathLike[str], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield some columns of a Parquet file, in order, :data:`ROWS_AT_ONCE` rows at a time."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        yield from file.iter_batches(ROWS_AT_ONCE, columns=list(columns), use_threads=False)
