"""The rows of JSONL, JSON, CSV, TSV and Parquet files, one after the other; compressed ones (gzip) as they are.

CSV and TSV name their columns in the first line. A TSV file has no quotes: a field is what stands between two tabs.
A JSON file is one array of objects.
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, cast

from equilingual.corpora.errors import CorpusError, json_problem
from equilingual.corpora.pairs import FilePath, Place

Row = Mapping[str, object]

_GZIP = b"\x1f\x8b"
_PARQUET_ROWS = 1024  # at once: a row may be 100 kB long
_JSON_CHARACTERS = 1 << 20


def read_rows(
    paths: Iterable[FilePath],
    file_format: str | None = None,
    *,
    columns: Sequence[str] | None = None,
    required: Sequence[str] = (),
) -> Iterator[tuple[Place, Row]]:
    """Yield (place, row) of the files, in their order and that of the rows.

    Args:
        paths: the files.
        file_format: jsonl, json, csv, tsv or parquet; ``None`` goes by the name of each file.
        columns: the names that are asked for: of a Parquet file no others are read; ``None`` for all.
        required: those without which the rows are of no use: where one is missing, all are read, for the error to name.

    Raises:
        CorpusError: a file is empty, not UTF-8, or a line is malformed.

    """
    for path in paths:
        if Path(path).stat().st_size == 0:
            raise CorpusError(path, "", "the file is empty")
        kind = file_format or kind_of(path)
        rows = _read_parquet(path, columns, required) if kind == "parquet" else _READERS[kind](path)
        for spot, row in rows:
            yield Place(path, spot), row


def kind_of(path: FilePath) -> str:
    """Return the format that a file's name tells: parquet, json, csv or tsv, else jsonl."""
    suffix = Path(str(path).removesuffix(".gz")).suffix.removeprefix(".").lower()
    return suffix if suffix in {"parquet", "json", "csv", "tsv"} else "jsonl"


def read_lines(path: FilePath) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, text); universal newlines would also split at U+2028 inside a JSON string.

    Raises:
        CorpusError: a line is not UTF-8, or the file is half of a gzip file.

    """
    number = 0
    with open_bytes(path) as file:
        try:
            for number, raw in enumerate(file, start=1):
                yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            byte = error.object[error.start : error.start + 1]
            problem = f"not UTF-8 (byte {byte!r} at position {error.start}): save the file as UTF-8"
            raise CorpusError(path, f"line {number}", problem) from error
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise CorpusError(path, f"after line {number}", f"not a whole gzip file: {error}") from error


def open_bytes(path: FilePath) -> IO[bytes]:
    """Open a file to read, decompressed where it begins as gzip files do, whatever its name."""
    file = open(path, "rb")  # noqa: SIM115 (the caller closes it)
    if file.peek(2)[:2] != _GZIP:
        return file
    file.close()
    return cast("IO[bytes]", gzip.open(path, "rb"))


def _read_jsonl(path: FilePath) -> Iterator[tuple[str, Row]]:
    for number, line in read_lines(path):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            problem = f"{json_problem(error)}: {_shown(line)}"
            raise CorpusError(path, f"line {number}", problem) from error
        if not isinstance(row, dict):
            raise CorpusError(path, f"line {number}", f"not a JSON object: {_shown(line)}")
        yield f"line {number}", row


def _read_json(path: FilePath) -> Iterator[tuple[str, Row]]:
    """Yield the objects of one array; no more than one of them and a piece of the file is held."""
    decoder = json.JSONDecoder()
    with open_bytes(path) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
        number, text = 0, _more(path, file, "")
        if not text.lstrip().startswith("["):
            raise CorpusError(path, "", f"not a JSON array: {_shown(text)}")
        text = text.lstrip()[1:]
        while True:
            text = text.lstrip().removeprefix(",").lstrip() if number else text.lstrip()
            if text.startswith("]"):
                return
            try:
                row, end = decoder.raw_decode(text)
            except json.JSONDecodeError as error:
                longer = _more(path, file, text)
                if longer == text:
                    raise CorpusError(path, f"entry {number + 1}", f"not JSON ({error.msg}): {_shown(text)}") from error
                text = longer
                continue
            number, text = number + 1, text[end:]
            if not isinstance(row, dict):
                raise CorpusError(path, f"entry {number}", f"not a JSON object: {_shown(json.dumps(row))}")
            yield f"entry {number}", row
            if not text.strip():
                text = _more(path, file, text)


def _more(path: FilePath, file: IO[str], text: str) -> str:
    """Return the text and the next piece of the file, as long again: a long entry is tried over few times only."""
    try:
        return text + file.read(max(_JSON_CHARACTERS, len(text)))
    except UnicodeDecodeError as error:
        raise CorpusError(path, "", f"not UTF-8 ({error.reason}): save the file as UTF-8") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise CorpusError(path, "", f"not a whole gzip file: {error}") from error


def _read_csv(path: FilePath) -> Iterator[tuple[str, Row]]:
    return _read_table(path, "CSV", "commas", wrong=";\t", strict=True)


def _read_tsv(path: FilePath) -> Iterator[tuple[str, Row]]:
    return _read_table(path, "TSV", "tabs", wrong=",;", delimiter="\t", quoting=csv.QUOTE_NONE)


def _read_table(
    path: FilePath,
    name: str,
    signs: str,
    *,
    wrong: str,
    **dialect: Any,  # noqa: ANN401
) -> Iterator[tuple[str, Row]]:
    # A field may be longer than csv's 131,072 characters: a text may be anything.
    csv.field_size_limit(2**31 - 1)
    reader = csv.DictReader((line + "\n" for _, line in read_lines(path)), **dialect)
    try:
        names = reader.fieldnames or []
        if repeated := [name for name in names if names.count(name) > 1]:
            raise CorpusError(path, "line 1", f"the column {repeated[0]!r} stands twice: name every column once")
        if len(names) == 1 and any(sign in names[0] for sign in wrong):
            raise CorpusError(path, "line 1", f"one column, {names[0]!r}: separate the columns by {signs}")
        for row in reader:
            if None in row or None in row.values():
                problem = f"{len(names)} columns expected as in the first line, the row has more or fewer"
                raise CorpusError(path, f"line {reader.line_num}", problem)
            yield f"line {reader.line_num}", row
    except csv.Error as error:
        line = reader.reader.line_num  # the DictReader's own number is of the last good row
        raise CorpusError(path, f"line {line}", f"not {name}: {error}") from error


def _read_parquet(path: FilePath, columns: Sequence[str] | None, required: Sequence[str]) -> Iterator[tuple[str, Row]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, pre_buffer=False)
    except pa.ArrowInvalid as error:
        raise CorpusError(path, "", f"not a Parquet file: {error}") from error
    names = file.schema_arrow.names
    asked, needed = (
        [name for name in names if any(name in (column, column.partition(".")[0]) for column in wanted)]
        for wanted in (columns or (), required)
    )
    every = columns is None or len(needed) < len(required)
    number = 0
    for batch in file.iter_batches(_PARQUET_ROWS, columns=None if every else asked):
        for row in batch.to_pylist():
            number += 1
            yield f"row {number}", row


def _shown(text: str, limit: int = 60) -> str:
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


_READERS: Mapping[str, Callable[[FilePath], Iterator[tuple[str, Row]]]] = {
    "jsonl": _read_jsonl,
    "json": _read_json,
    "csv": _read_csv,
    "tsv": _read_tsv,
}
