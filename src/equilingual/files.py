"""How every stage reads and writes its files: to a temporary name, then renamed, and never half."""

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_AT_ONCE = 16_384  # of a Parquet file that is read in a stream
MARK = b"xxh3-128"  # stands before the XXH3 (128 bits) of a file, in the file
_DIGEST_BYTES = 16
_TAIL_BYTES = 8  # that a Parquet file ends with: the length of its footer (4 bytes, little-endian) and "PAR1"
_BYTES_AT_ONCE = 1 << 24
_CHECKSUM = "checksum"  # the last key of a JSON file
_XXH3 = "xxh3-128:"
_END_BYTES = len(_XXH3) + 2 * _DIGEST_BYTES + len('"\n}\n')
_KINDS = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false", type(None): "null"}


class DamagedFileError(ValueError):
    """A file that a stage wrote is missing or damaged; the message names it and says how to have it made again."""


class MissingFileError(DamagedFileError, FileNotFoundError):
    """A file that a stage wrote is missing."""


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


def damaged(
    path: str | os.PathLike[str], why: str, *, delete: str | os.PathLike[str] | None = None
) -> DamagedFileError:
    """Return the error for a damaged file; ``delete`` is the file that Snakemake looks at, where it is another one."""
    return DamagedFileError(f"{path} is damaged ({why}): delete {delete or 'it'} and run the same command again")


def missing(path: str | os.PathLike[str], *, delete: str | os.PathLike[str] | None = None) -> MissingFileError:
    """Return the error for a missing file; ``delete`` is the file that Snakemake looks at, where it is another one."""
    return MissingFileError(
        f"{path} is missing: {f'delete {delete} and ' * (delete is not None)}run the same command again"
    )


@contextmanager
def reading(path: str | os.PathLike[str], *errors: type[Exception]) -> Iterator[None]:
    """Raise one clear error where a file cannot be read: an ``OSError``, or one of a library's own ``errors``.

    Raises:
        MissingFileError: there is no such file.
        DamagedFileError: the file cannot be read.

    """
    try:
        yield
    except DamagedFileError:
        raise
    except FileNotFoundError:
        raise missing(path) from None
    except (OSError, *errors) as error:
        first = (str(error) or type(error).__name__).splitlines()[0]
        raise damaged(path, first) from None


def read_json(path: str | os.PathLike[str], keys: Sequence[str] = ()) -> dict[str, Any]:
    """Return the object of a JSON file that a stage wrote with :func:`write_json`, without its checksum.

    A file that something else wrote has no checksum, and is read if it holds anything.

    Args:
        path: the file.
        keys: what the object must have.

    Raises:
        MissingFileError: there is no such file.
        DamagedFileError: it is not JSON, its checksum differs, it is not an object with these keys, or it is empty
            without a checksum.

    """
    with reading(path):
        content = Path(path).read_bytes()
    found = parse_json(path, content)
    if not isinstance(found, dict):
        raise damaged(path, f"it holds {_KINDS.get(type(found), 'no object')}, and an object is expected")
    if not found:
        raise damaged(path, "it holds an empty object without a checksum")
    *_, last = found.items()
    # Either one shows that there was a checksum: of a single bit that changes, only one of the two is affected.
    if last[0] == _CHECKSUM or str(last[1]).startswith(_XXH3):
        if not content.endswith(_checksum_end(content[:-_END_BYTES])):
            raise damaged(path, "its checksum differs")
        del found[_CHECKSUM]
    if lacking := [name for name in keys if name not in found]:
        raise damaged(path, f"it has no {lacking[0]!r}")
    return found


def parse_json(path: str | os.PathLike[str], content: bytes | None = None) -> Any:  # noqa: ANN401 (no static type)
    """Return what a UTF-8 JSON file of any origin holds; ``content`` where it was read already.

    Raises:
        MissingFileError: there is no such file.
        DamagedFileError: it is not JSON.

    """
    with reading(path, ValueError, RecursionError):
        content = Path(path).read_bytes() if content is None else content
        if not content:
            raise damaged(path, "it is empty")
        return json.loads(content.decode("utf-8"))


def write_json(value: Mapping[str, Any], path: str | os.PathLike[str], *, checksum: bool = True) -> None:
    """Write an object as indented UTF-8 JSON, keys in the order given, with a final newline.

    The last key is ``"checksum"``: the XXH3 (128 bits) of all the bytes before its value; one that the object has is
    replaced. Other programs read it as a key like others; a file that is for another library has ``checksum`` false.
    """
    if not checksum:
        content = json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"
    else:
        others = {key: part for key, part in value.items() if key != _CHECKSUM}
        whole = json.dumps({**others, _CHECKSUM: _XXH3}, ensure_ascii=False, indent=2).encode()
        content = whole[: whole.rindex(_XXH3.encode())]
        content += _checksum_end(content)
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _checksum_end(content: bytes) -> bytes:
    """Return what a JSON file that starts with ``content`` ends with."""
    from xxhash import xxh3_128_hexdigest

    return f'{_XXH3}{xxh3_128_hexdigest(content)}"\n}}\n'.encode()


@contextmanager
def writing_text(path: str | os.PathLike[str]) -> Iterator[TextIO]:
    """Yield a UTF-8 text file to write; its SHA-256 goes into a file beside it, as ``sha256sum`` has it.

    For files whose format has no place for a checksum, ``{path}.sha256`` has it: ``sha256sum --check`` reads that.
    """
    with replacing(path) as temporary:
        with open(temporary, "w", newline="", encoding="utf-8") as file:
            yield file
        line = f"{sha256_of(temporary)}  {Path(path).name}\n"
    with replacing(_beside(path)) as temporary:
        temporary.write_text(line, encoding="utf-8")


def read_text(path: str | os.PathLike[str]) -> str:
    """Return the text that :func:`writing_text` wrote; a file with no hash beside it is read as it is.

    Raises:
        MissingFileError: there is no such file.
        DamagedFileError: it is not what was written, or is not UTF-8.

    """
    with reading(path, UnicodeDecodeError):
        content = Path(path).read_bytes()
        beside = _beside(path)
        if beside.exists() and beside.read_bytes()[:64] != hashlib.sha256(content).hexdigest().encode():
            raise damaged(path, f"its sha256 is not that in {beside.name}")
        return content.decode("utf-8")


def _beside(path: str | os.PathLike[str]) -> Path:
    return Path(f"{os.fspath(path)}.sha256")


def append_checksum(path: str | os.PathLike[str]) -> None:
    """Put :data:`MARK` and the XXH3 (128 bits) of a file at its end."""
    with open(path, "r+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.write(MARK + xxh3_of(file, end))


def verify_checksum(path: str | os.PathLike[str]) -> bool | None:
    """Return whether a file is what :func:`append_checksum` saw; ``None`` where it has no checksum at its end."""
    with open(path, "rb") as file:
        end = max(file.seek(0, os.SEEK_END) - len(MARK) - _DIGEST_BYTES, 0)
        file.seek(end)
        trailer = file.read()
        return trailer == MARK + xxh3_of(file, end) if trailer.startswith(MARK) else None


class ParquetWriter(pq.ParquetWriter):
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
        length = int.from_bytes(file.read(4), "little") + len(MARK) + _DIGEST_BYTES
        tail = length.to_bytes(4, "little") + file.read(4)
        file.seek(end)
        file.write(MARK + xxh3_of(file, end, tail) + tail)


def xxh3_of(file: BinaryIO, length: int, more: bytes = b"") -> bytes:
    """Return the XXH3 (128 bits) of the first ``length`` bytes of a file, then ``more``; the file is left there."""
    from xxhash import xxh3_128

    checksum = xxh3_128()
    file.seek(0)
    for start in range(0, length, _BYTES_AT_ONCE):
        checksum.update(file.read(min(_BYTES_AT_ONCE, length - start)))
    checksum.update(more)
    return checksum.digest()


def parquet_damage(path: str | os.PathLike[str]) -> str | None:
    """Return what is wrong with a Parquet file by its size and checksum; a file that something else wrote has none."""
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        end = size - _TAIL_BYTES - _DIGEST_BYTES - len(MARK)
        if end < 0:
            return "not a Parquet file" if size else "it is empty"
        file.seek(end)
        mark, digest, tail = file.read(len(MARK)), file.read(_DIGEST_BYTES), file.read()
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


class ParquetFile(pq.ParquetFile):
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


def read_footer(path: str | os.PathLike[str]) -> pq.FileMetaData:
    """Return what a Parquet file's footer says of rows, row groups and columns; errors as :class:`ParquetFile`."""
    with ParquetFile(path) as file:
        return file.metadata


def column_names(path: str | os.PathLike[str]) -> list[str]:
    """Return the names of a Parquet file's columns; errors as :class:`ParquetFile`."""
    with ParquetFile(path) as file:
        return file.schema_arrow.names


def read_columns(
    path: str | os.PathLike[str], columns: Sequence[str], *, optional: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Yield some columns of a Parquet file, in the order given, :data:`ROWS_AT_ONCE` rows at a time.

    Those of ``optional`` come last, as far as the file has them.
    """
    with ParquetFile(path) as file:
        there = [name for name in optional if name in file.schema_arrow.names]
        yield from file.iter_batches(columns=[*columns, *there], use_threads=False)
