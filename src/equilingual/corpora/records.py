"""QA pairs as JSONL, CSV, TSV or Parquet: one row per pair.

Columns: ``question`` and ``passage`` (required), ``pair_id`` (required where a corpus has several languages;
otherwise the row's number), ``passage_id`` (else an id made from the passage's text). Others are passed over.
CSV and TSV name them in their first line. A TSV file has no quotes: a field is what stands between two tabs.
"""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from equilingual.corpora.errors import CorpusError, json_problem
from equilingual.texts import broken_character

Row = Mapping[str, object]


def read_rows(path: str | PathLike[str], file_format: str) -> Iterator[tuple[str, Row]]:
    """Yield (place, row) of a ``jsonl``, ``csv``, ``tsv`` or ``parquet`` file, in the file's order.

    Raises:
        CorpusError: the file is empty, not UTF-8, or a line is malformed.

    """
    if Path(path).stat().st_size == 0:
        raise CorpusError(path, "", "the file is empty")
    readers = {"jsonl": _read_jsonl, "csv": _read_csv, "tsv": _read_tsv, "parquet": _read_parquet}
    return readers[file_format](path)


def _lines(path: str | PathLike[str]) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, text); universal newlines would also split at U+2028 inside a JSON string."""
    with open(path, "rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                problem = f"not UTF-8 (byte {raw[error.start : error.start + 1]!r} at position {error.start})"
                raise CorpusError(path, f"line {number}", f"{problem}: save the file as UTF-8") from error


def _read_jsonl(path: str | PathLike[str]) -> Iterator[tuple[str, Row]]:
    for number, line in _lines(path):
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


def _read_csv(path: str | PathLike[str]) -> Iterator[tuple[str, Row]]:
    return _read_table(path, "CSV", "commas", wrong=";\t", strict=True)


def _read_tsv(path: str | PathLike[str]) -> Iterator[tuple[str, Row]]:
    return _read_table(path, "TSV", "tabs", wrong=",;", delimiter="\t", quoting=csv.QUOTE_NONE)


def _read_table(
    path: str | PathLike[str],
    name: str,
    signs: str,
    *,
    wrong: str,
    **dialect: Any,  # noqa: ANN401
) -> Iterator[tuple[str, Row]]:
    # A field may be longer than csv's 131,072 characters: a text may be anything.
    csv.field_size_limit(2**31 - 1)
    reader = csv.DictReader((line + "\n" for _, line in _lines(path)), **dialect)
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


def _read_parquet(path: str | PathLike[str]) -> Iterator[tuple[str, Row]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, pre_buffer=False)
    except pa.ArrowInvalid as error:
        raise CorpusError(path, "", f"not a Parquet file: {error}") from error
    number = 0
    for batch in file.iter_batches():
        for row in batch.to_pylist():
            number += 1
            yield f"row {number}", row


def _shown(text: str, limit: int = 60) -> str:
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def passage_id_of(passage: str) -> str:
    """Return an id for a passage that has none: equal texts share it."""
    return hashlib.sha256(passage.encode()).hexdigest()[:16]


def read_pairs(
    path: str | PathLike[str], file_format: str, *, needs_ids: bool
) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield (place, pair_id, passage_id, question, passage), in the file's order.

    Raises:
        CorpusError: a column is missing, not a text, or empty.

    """
    for number, (place, row) in enumerate(read_rows(path, file_format)):
        question, passage = (_text(path, place, row, column) for column in ("question", "passage"))
        given = row.get("pair_id")
        if given in (None, "") and needs_ids:
            problem = "no pair_id: a corpus in several languages needs one that all languages share"
            raise CorpusError(path, place, problem)
        pair_id = str(number) if given in (None, "") else str(given)
        passage_id = row.get("passage_id")
        yield place, pair_id, passage_id_of(passage) if passage_id in (None, "") else str(passage_id), question, passage


def _text(path: str | PathLike[str], place: str, row: Row, column: str) -> str:
    value = row.get(column)
    if value is None:
        raise CorpusError(path, place, f"a QA pair without a {column} (columns here: {', '.join(map(str, row))})")
    if not isinstance(value, str):
        raise CorpusError(path, place, f"{column} is {value!r}, not a text")
    if not value.strip():
        raise CorpusError(path, place, f"a QA pair without a {column}: it is empty")
    if broken := broken_character(value):
        raise CorpusError(path, place, f"{column}: {broken}")
    return value.strip()
