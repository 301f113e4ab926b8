"""How every stage reads and writes its files: to a temporary name, then renamed, and never half."""

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

MARK = b"xxh3-128"  # stands before the XXH3 (128 bits) of a file, in the file
DIGEST_BYTES = 16
_BYTES_AT_ONCE = 1 << 24
_CHECKSUM = "checksum"  # the last key of a JSON file
_XXH3 = "xxh3-128:"
_END_BYTES = len(_XXH3) + 2 * DIGEST_BYTES + len('"\n}\n')
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
            f"no space left on the disk while writing {path}: free some space and run the same command again; "
            "finished files are kept, and the run resumes from them"
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
    unreadable: tuple[type[Exception], ...] = (OSError, *errors)
    try:
        yield
    except DamagedFileError:
        raise
    except FileNotFoundError:
        raise missing(path) from None
    except unreadable as error:
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
        end = max(file.seek(0, os.SEEK_END) - len(MARK) - DIGEST_BYTES, 0)
        file.seek(end)
        trailer = file.read()
        return trailer == MARK + xxh3_of(file, end) if trailer.startswith(MARK) else None


def xxh3_of(file: BinaryIO, length: int, more: bytes = b"") -> bytes:
    """Return the XXH3 (128 bits) of the first ``length`` bytes of a file, then ``more``; the file is left there."""
    from xxhash import xxh3_128

    checksum = xxh3_128()
    file.seek(0)
    for start in range(0, length, _BYTES_AT_ONCE):
        checksum.update(file.read(min(_BYTES_AT_ONCE, length - start)))
    checksum.update(more)
    return checksum.digest()
