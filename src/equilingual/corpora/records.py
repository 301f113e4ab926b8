"""The rows of JSONL, JSON, CSV, TSV and Parquet files, one after the other; compressed ones (gzip) as they are.

CSV and TSV name their columns in the first line. A TSV field is what stands between two tabs; where the reader of a
format says so, one in quotes with every quote inside doubled is read as CSV's (pandas and spreadsheets write it so).
A JSON file is one array of objects.
"""

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from equilingual.corpora.errors import CorpusError, json_problem
from equilingual.corpora.pairs import FilePath, Place
from equilingual.files import parquet_damage

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, object]

_GZIP = b"\x1f\x8b"
_OTHERS = {
    b"PK\x03\x04": "a zip file: unpack it",
    b"BZh": "a bzip2 file: unpack it",
    b"\xfd7zXZ": "an xz file: unpack it",
    b"\x28\xb5\x2f\xfd": "a zstd file: unpack it",
    b"PAR1": "a Parquet file: give it this format, or a name that ends so",
}
_CUT = (EOFError, gzip.BadGzipFile, zlib.error)
_PARQUET_ROWS = 1024  # at once: a row may be 100 kB long
_PARQUET_BYTES = 1 << 16  # of a column at once; else a whole row group of it, and that may be the whole file
_JSON_CHARACTERS = 1 << 20
_JSON_BETWEEN = re.compile(r"\s*,?\s*")
_JSON_TOKEN = 16  # no word or escape of JSON is longer: an error farther from the end is none of a text cut short


def read_rows(
    paths: Iterable[FilePath],
    file_format: str | None = None,
    *,
    columns: Sequence[str] | None = None,
    required: Sequence[str] = (),
    quoted: bool = False,
) -> Iterator[tuple[Place, Row]]:
    """Yield (place, row) of the files, in their order and that of the rows.

    Args:
        paths: the files.
        file_format: jsonl, json, csv, tsv or parquet; ``None`` goes by the name of each file.
        columns: the names that are asked for: of a Parquet file no others are read; ``None`` for all.
        required: those without which the rows are of no use. The first line of a CSV or TSV file must have them; of a
            Parquet file that lacks one all columns are read, for the error to name.
        quoted: whether a TSV field may be quoted; else quotes are text.

    Raises:
        CorpusError: a file is not there, empty, not UTF-8, damaged, or a line is malformed.

    """
    for path in paths:
        kind = file_format or kind_of(path)
        for spot, row in _read_file(path, kind, columns, required, quoted=quoted):
            yield Place(path, spot), row


def _read_file(
    path: FilePath, kind: str, columns: Sequence[str] | None, required: Sequence[str], *, quoted: bool
) -> Iterator[tuple[str, Row]]:
    if kind == "parquet":
        return _read_parquet(path, columns, required)
    if kind == "csv":
        return _read_table(path, "CSV", "commas", required, wrong=";\t", strict=True)
    if kind == "tsv":
        tabs = {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
        return _read_table(path, "TSV", "tabs", required, unquote=quoted, wrong=",;", **tabs)
    return _read_json(path) if kind == "json" else _read_jsonl(path)


def kind_of(path: FilePath) -> str:
    """Return the format that a file's name tells: parquet, json, csv or tsv, else jsonl."""
    suffix = Path(str(path).removesuffix(".gz")).suffix.removeprefix(".").lower()
    return suffix if suffix in {"parquet", "json", "csv", "tsv"} else "jsonl"


def read_lines(path: FilePath) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, text); universal newlines would also split at U+2028 inside a JSON string.

    Raises:
        CorpusError: the file is not there, empty or half of a gzip file, or a line is not UTF-8.

    """
    number = 0
    with open_bytes(path) as file:
        try:
            for number, raw in enumerate(file, start=1):
                yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            problem = f"{_not_utf8(error)} at position {error.start}): save the file as UTF-8"
            raise CorpusError(path, f"line {number}", problem) from error
        except _CUT as error:
            raise CorpusError(path, f"after line {number}", f"not a whole gzip file: {error}") from error


def read_bytes(path: FilePath) -> bytes:
    """Return what is in a file, decompressed.

    Raises:
        CorpusError: the file is not there, empty, or half of a gzip file.

    """
    with open_bytes(path) as file:
        try:
            return file.read()
        except _CUT as error:
            raise CorpusError(path, "", f"not a whole gzip file: {error}") from error


def _check_file(path: FilePath) -> None:
    place = Path(path)
    if not place.is_file():
        raise CorpusError(path, "", "a folder, not a file" if place.is_dir() else "there is no such file")
    if place.stat().st_size == 0:
        raise CorpusError(path, "", "the file is empty")


def _not_utf8(error: UnicodeDecodeError) -> str:
    return f"not UTF-8 (byte {error.object[error.start : error.start + 1]!r}"


def open_bytes(path: FilePath) -> IO[bytes]:
    """Open a file to read, decompressed where it begins as gzip files do, whatever its name.

    Raises:
        CorpusError: it is not there, a folder, empty, or not a text file.

    """
    _check_file(path)
    file = open(path, "rb")  # noqa: SIM115 (the caller closes it)
    head = file.peek(8)[:8]
    if not head.startswith((_GZIP, *_OTHERS)):
        return file
    file.close()
    for magic, problem in _OTHERS.items():
        if head.startswith(magic):
            raise CorpusError(path, "", problem)
    return cast("IO[bytes]", gzip.open(path, "rb"))


def _read_jsonl(path: FilePath) -> Iterator[tuple[str, Row]]:
    for number, line in read_lines(path):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            hint = "; one array has the format json, or a name that ends so" if line.startswith("[") else ""
            problem = f"{json_problem(error)}: {_shown(line)}{hint}"
            raise CorpusError(path, f"line {number}", problem) from error
        if not isinstance(row, dict):
            raise CorpusError(path, f"line {number}", f"not a JSON object: {_shown(line)}")
        yield f"line {number}", row


def _read_json(path: FilePath) -> Iterator[tuple[str, Row]]:
    """Yield the objects of one array; no more than one of them and a piece of the file is held."""
    decoder = json.JSONDecoder()
    with open_bytes(path) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
        number, text = 0, _more(path, file, 0, "").lstrip()
        if not text.startswith("["):
            hint = "; an object in every line has the format jsonl, or a name that ends so"
            raise CorpusError(path, "", f"not a JSON array: {_shown(text)}{hint}")
        start = 1
        while True:
            start = _after(_JSON_BETWEEN, text, start)
            if text.startswith("]", start):
                break
            try:
                row, end = decoder.raw_decode(text, start)
            except json.JSONDecodeError as error:
                held = text[start:]
                text = held if _is_wrong(error, text) else _more(path, file, number, held)
                if text == held:
                    raise CorpusError(path, f"entry {number + 1}", f"not JSON ({error.msg}): {_shown(text)}") from error
                start = 0
                continue
            except (ValueError, RecursionError) as error:
                raise CorpusError(path, f"entry {number + 1}", json_problem(error)) from error
            number, start = number + 1, end
            if not isinstance(row, dict):
                raise CorpusError(path, f"entry {number}", f"not a JSON object: {_shown(json.dumps(row))}")
            yield f"entry {number}", row
        rest = _more(path, file, number, text[start + 1 :]).lstrip()
        if rest:
            raise CorpusError(path, f"after entry {number}", f"the array has ended, but not the file: {_shown(rest)}")


def _after(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Return where a match that may be empty ends."""
    found = pattern.match(text, start)
    return found.end() if found else start


def _is_wrong(error: json.JSONDecodeError, text: str) -> bool:
    """Say whether more of the file cannot mend an error: only the end of a text may be cut short."""
    return error.pos < len(text) - _JSON_TOKEN and not error.msg.startswith("Unterminated string")


def _more(path: FilePath, file: IO[str], number: int, text: str) -> str:
    """Return the text and the next piece of the file, as long again: a long entry is tried over few times only."""
    try:
        return text + file.read(max(_JSON_CHARACTERS, len(text)))
    except UnicodeDecodeError as error:
        raise CorpusError(path, f"after entry {number}", f"{_not_utf8(error)}): save the file as UTF-8") from error
    except _CUT as error:
        raise CorpusError(path, f"after entry {number}", f"not a whole gzip file: {error}") from error


def _read_table(
    path: FilePath,
    name: str,
    signs: str,
    required: Sequence[str],
    *,
    unquote: bool = False,
    wrong: str,
    **dialect: Any,  # noqa: ANN401
) -> Iterator[tuple[str, Row]]:
    # A field may be longer than csv's 131,072 characters: a text may be anything.
    csv.field_size_limit(2**31 - 1)
    reader = csv.DictReader((line + "\n" for _, line in read_lines(path)), **dialect)
    try:
        names = [_unquoted(name) for name in reader.fieldnames or []] if unquote else reader.fieldnames or []
        reader.fieldnames = names
        if repeated := [name for name in names if names.count(name) > 1]:
            raise CorpusError(path, "line 1", f"the column {repeated[0]!r} stands twice: name every column once")
        if len(names) == 1 and any(sign in names[0] for sign in wrong):
            raise CorpusError(path, "line 1", f"one column, {names[0]!r}: separate the columns by {signs}")
        if missing := [name for name in required if name not in names]:
            problem = f"no column {missing[0]!r} (columns here: {', '.join(names)}): the first line names the columns"
            raise CorpusError(path, "line 1", problem)
        for row in reader:
            if None in row or None in row.values():
                problem = f"{len(names)} columns expected as in the first line, the row has more or fewer"
                if unquote and any('"' in str(cell) for cell in row.values()):
                    problem += "; a text in quotes may have no line break and no tab here: write CSV, JSONL or Parquet"
                raise CorpusError(path, f"line {reader.line_num}", problem)
            yield f"line {reader.line_num}", {name: _unquoted(cell) for name, cell in row.items()} if unquote else row
    except csv.Error as error:
        line = reader.reader.line_num  # the DictReader's own number is of the last good row
        raise CorpusError(path, f"line {line}", f"not {name}: {error}") from error


def _unquoted(cell: str) -> str:
    """Return what a field in quotes stands for; one that has a single quote inside is no such field, but a text."""
    inside = cell[1:-1]
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inside.replace('""', "")
    return inside.replace('""', '"') if is_quoted else cell


def _read_parquet(path: FilePath, columns: Sequence[str] | None, required: Sequence[str]) -> Iterator[tuple[str, Row]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    _check_file(path)
    number = 0
    # A file of ours that was copied has a checksum of the whole; pages have checksums if their writer gave them some.
    options = {"pre_buffer": False, "buffer_size": _PARQUET_BYTES, "page_checksum_verification": True}
    try:
        if (problem := parquet_damage(path)) == "its checksum differs":
            raise CorpusError(path, "", f"the file is damaged: {problem}")
        with pq.ParquetFile(path, **options) as file:
            names = _parquet_columns(path, file.schema_arrow.names, columns, required)
            for batch in file.iter_batches(_PARQUET_ROWS, columns=names, use_threads=False):
                for row in _to_rows(path, number, batch):
                    number += 1
                    yield f"row {number}", row
    except pa.ArrowInvalid as error:
        raise CorpusError(path, f"after row {number}" if number else "", f"not a Parquet file: {error}") from error
    except OSError as error:
        raise CorpusError(path, f"after row {number}", f"the file is damaged: {error}") from error


def _parquet_columns(
    path: FilePath, names: Sequence[str], columns: Sequence[str] | None, required: Sequence[str]
) -> list[str] | None:
    """Return the columns to read, ``None`` for all."""
    asked, needed = (
        [name for name in names if any(name in (column, column.partition(".")[0]) for column in wanted)]
        for wanted in (columns or (), required)
    )
    if columns is None or len(needed) < len(required):
        return None
    if repeated := [name for name in asked if asked.count(name) > 1]:
        raise CorpusError(path, "", f"the column {repeated[0]!r} stands twice: name every column once")
    return asked


def _to_rows(path: FilePath, before: int, batch: "pa.RecordBatch") -> list[dict[str, object]]:
    """Return the rows of a batch, which ``before`` rows of the file precede."""
    try:
        return batch.to_pylist()
    except UnicodeDecodeError:
        for position in range(len(batch)):
            try:
                batch.slice(position, 1).to_pylist()
            except UnicodeDecodeError as error:
                problem = f"{_not_utf8(error)}): write its texts as UTF-8"
                raise CorpusError(path, f"row {before + position + 1}", problem) from error
        raise


def _shown(text: str, limit: int = 60) -> str:
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
