"""Text files as bytes and as lines, compressed ones (gzip) as they are; a limit bounds what is held at once.

A file of 250 kB may hold a line of 256 MB once it is decompressed. Nothing longer than the limit is read, whatever the
file: a line here, an entry of a JSON array in ``equilingual.corpora.arrays``, a field of a CSV file or a text of a
Parquet file in ``equilingual.corpora.records``.
"""

import gzip
import io
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, cast

from equilingual.corpora.errors import CorpusError, FilePath
from equilingual.messages import shown

MEGABYTE = 1 << 20
LONGEST = 64 * MEGABYTE  # bytes of a line or an entry, where nothing else is configured
WHOLE = 4  # times as much may be in a file that is held whole

_GZIP = b"\x1f\x8b"
_UTF16 = "not UTF-8 but UTF-16 (or UTF-32): save the file as UTF-8, as `iconv -f UTF-16 -t UTF-8` does"
_ZIP = b"PK\x03\x04"
_SPREADSHEET = "a spreadsheet: save it as CSV in UTF-8, and set the format csv"
_OTHERS = {
    _ZIP: "a zip file: unpack it",
    b"BZh": "a bzip2 file: unpack it",
    b"\xfd7zXZ": "an xz file: unpack it",
    b"\x28\xb5\x2f\xfd": "a zstd file: unpack it",
    b"PAR1": "a Parquet file: set the format parquet, or name the file .parquet",
    b"\xff\xfe": _UTF16,
    b"\xfe\xff": _UTF16,
    b"\x00\x00\xfe\xff": _UTF16,
}
_CUT = (EOFError, gzip.BadGzipFile, zlib.error)
_MARK = "\ufeff"  # the byte order mark, which UTF-8 does not need


def read_lines(path: FilePath, longest: int = LONGEST) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, text); universal newlines would also split at U+2028 inside a JSON string.

    A byte order mark at the start of any line is left out: ``cat`` puts those of its second file and the others there.

    Raises:
        CorpusError: the file cannot be read, is empty or half of a gzip file; a line is not UTF-8, or longer than
            ``longest`` bytes.

    """
    with open_bytes(path) as file:
        yield from split_lines(file, path, longest)


def split_lines(file: IO[bytes], path: FilePath, longest: int = LONGEST) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, text) of an open file, as :func:`read_lines` does; ``path`` is its name in errors."""
    number = 0
    with telling_damage(path, lambda: f"after line {number}"):
        for number, raw in enumerate(iter(partial(file.readline, longest + 1), b""), start=1):
            if len(raw) > longest:
                raise CorpusError(path, f"line {number}", too_long(longest))
            try:
                yield number, raw.decode().lstrip(_MARK).rstrip("\r\n")
            except UnicodeDecodeError as error:
                problem = f"{not_utf8(error)} at position {error.start}): save the file as UTF-8"
                raise CorpusError(path, f"line {number}", problem) from error


def read_bytes(path: FilePath, longest: int = LONGEST) -> bytes:
    """Return what is in a file, decompressed.

    Raises:
        CorpusError: the file cannot be read, is empty, half of a gzip file, or longer than :data:`WHOLE` times
            ``longest`` bytes.

    """
    most = WHOLE * longest
    with open_bytes(path) as file, telling_damage(path, str):
        content = file.read(most + 1)
    if len(content) > most:
        raise CorpusError(path, "", too_long(longest, WHOLE))
    return content


def open_bytes(path: FilePath) -> io.BufferedReader:
    """Open a file to read, decompressed where it begins as gzip files do, whatever its name.

    Raises:
        CorpusError: it cannot be read, is a folder, empty, or not a text file in UTF-8.

    """
    check_file(path)
    with telling_damage(path, str):
        file = open(path, "rb")  # noqa: SIM115 (the caller closes it)
        if file.peek(2).startswith(_GZIP):
            file.close()
            file = io.BufferedReader(cast("io.RawIOBase", gzip.open(path, "rb")))  # noqa: SIM115
        head = file.peek(8)[:8]
    if problem := _other_kind(head):
        file.close()
        is_excel = head.startswith(_ZIP) and str(path).lower().endswith((".xlsx", ".xlsm", ".ods"))
        raise CorpusError(path, "", _SPREADSHEET if is_excel else problem)
    return file


def _other_kind(head: bytes) -> str | None:
    """Return what kind of file this is, by its first bytes, if it is not UTF-8 text."""
    if not head:
        return "the file is empty"
    if head.startswith(_GZIP):
        return "compressed twice: unpack it once"
    if head[1:2] and (head[0] == 0) != (head[1] == 0):  # "{" and a zero byte: UTF-16 without a byte order mark
        return _UTF16
    return next((problem for magic, problem in _OTHERS.items() if head.startswith(magic)), None)


def check_file(path: FilePath) -> None:
    """Refuse a path that is not a file, is empty, or cannot be read.

    Raises:
        CorpusError: it says which.

    """
    try:
        about = os.stat(path)
    except FileNotFoundError as error:
        link = f" (it is a link to {shown(os.readlink(path))})" if Path(path).is_symlink() else ""
        raise CorpusError(path, "", f"there is no such file{link}") from error
    except (OSError, ValueError) as error:
        raise CorpusError(path, "", unreadable(error)) from error
    if not stat.S_ISREG(about.st_mode):
        raise CorpusError(path, "", f"a {'folder' if stat.S_ISDIR(about.st_mode) else 'pipe or device'}, not a file")
    if about.st_size == 0:
        raise CorpusError(path, "", "the file is empty")


@contextmanager
def telling_damage(path: FilePath, place: Callable[[], str]) -> Iterator[None]:
    """Turn what opening and reading a file may raise into one clear error; ``place`` says how far the reading came."""
    try:
        yield
    except _CUT as error:
        raise CorpusError(path, place(), f"an incomplete or damaged gzip file: {error}") from error
    except OSError as error:
        raise CorpusError(path, place(), unreadable(error)) from error


def unreadable(error: OSError | ValueError) -> str:
    """Return what is said of a file that the system does not give: no permission, a link to itself, a broken disk."""
    return f"the file cannot be read: {getattr(error, 'strerror', None) or error}"


def not_utf8(error: UnicodeDecodeError) -> str:
    """Return which byte is not UTF-8, with an open bracket for its position."""
    return f"not UTF-8 (byte {error.object[error.start : error.start + 1]!r}"


def too_long(longest: int, times: int = 1) -> str:
    """Return what is said of a line, an entry or a file that is longer than the limit."""
    size, now = (f"{count * longest / MEGABYTE:g}" for count in (times, 1))
    return f"longer than {size} MB: if this is intended, raise the corpus's max_entry_mb (now {now})"
