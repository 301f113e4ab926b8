"""The rows of JSONL, JSON, CSV, TSV and Parquet files, one after the other; compressed ones (gzip) as they are.

CSV and TSV name their columns in the first line. A TSV field is what stands between two tabs; where the reader of a
format says so, one in quotes with every quote inside doubled is read as CSV's (pandas and spreadsheets write it so).
A JSON file is one array of objects.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.corpora.arrays import read_array
from equilingual.corpora.errors import DECODER, CorpusError, FilePath, json_problem, missing_column
from equilingual.corpora.lines import (
    LONGEST,
    check_file,
    not_utf8,
    read_lines,
    too_long,
    unreadable,
)
from equilingual.corpora.pairs import Place
from equilingual.messages import shown
from equilingual.parquet import parquet_damage

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, object]

_PARQUET_ROWS = 1024  # at once: a row may be 100 kB long
_PARQUET_BYTES = 1 << 16  # of a column at once; else a whole row group of it, and that may be the whole file


def read_rows(
    paths: Iterable[FilePath],
    file_format: str | None = None,
    *,
    columns: Sequence[str] | None = None,
    required: Sequence[str] = (),
    quoted: bool = False,
    longest: int = LONGEST,
) -> Iterator[tuple[Place, Row]]:
    """Yield (place, row) of the files, in their order and that of the rows.

    Args:
        paths: the files.
        file_format: jsonl, json, csv, tsv or parquet; ``None`` goes by the name of each file.
        columns: the names that are asked for: of a Parquet file no others are read; ``None`` for all.
        required: those without which the rows are of no use. The first line of a CSV or TSV file must have them; of a
            Parquet file that lacks one all columns are read, for the error to name.
        quoted: whether a TSV field may be quoted; else quotes are text.
        longest: the most bytes of a line, an entry of an array or a field.

    Raises:
        CorpusError: a file cannot be read, is empty, not UTF-8, damaged, or a line is malformed or too long.

    """
    for path in paths:
        kind = file_format or kind_of(path)
        if kind == "parquet":
            rows = _read_parquet(path, columns, required, longest)
        elif kind == "csv":
            rows = _read_table(path, "CSV", "commas", required, longest, wrong=";\t", strict=True)
        elif kind == "tsv":
            tabs = {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
            rows = _read_table(path, "TSV", "tabs", required, longest, unquote=quoted, wrong=",;", **tabs)
        else:
            rows = (read_array if kind == "json" else _read_jsonl)(path, longest)
        for spot, row in rows:
            yield Place(path, spot), row


def kind_of(path: FilePath) -> str:
    """Return the format that a file's name tells: parquet, json, csv or tsv, else jsonl."""
    suffix = Path(str(path).removesuffix(".gz")).suffix.removeprefix(".").lower()
    return suffix if suffix in {"parquet", "json", "csv", "tsv"} else "jsonl"


def _read_jsonl(path: FilePath, longest: int) -> Iterator[tuple[str, Row]]:
    for number, line in read_lines(path, longest):
        if not line.strip():
            continue
        try:
            row = DECODER.decode(line)
        except (ValueError, RecursionError) as error:
            hint = "; for one array set the format json, or name the file .json" if line.startswith("[") else ""
            problem = f"{json_problem(error)}: {shown(line)}{hint}"
            raise CorpusError(path, f"line {number}", problem) from error
        if not isinstance(row, dict):
            raise CorpusError(path, f"line {number}", f"not a JSON object: {shown(line)}")
        yield f"line {number}", row


def _read_table(
    path: FilePath,
    name: str,
    signs: str,
    required: Sequence[str],
    longest: int,
    *,
    unquote: bool = False,
    wrong: str,
    **dialect: Any,  # noqa: ANN401
) -> Iterator[tuple[str, Row]]:
    # A field may be longer than csv's 131,072 characters: a text may be anything.
    csv.field_size_limit(min(longest, 2**31 - 1))
    reader = csv.DictReader((line + "\n" for _, line in read_lines(path, longest)), **dialect)
    begins = 1  # the line that a row begins in: a field in quotes may have many
    try:
        names = [_unquoted(name) for name in reader.fieldnames or []] if unquote else list(reader.fieldnames or [])
        reader.fieldnames = names
        _check_names(path, names, signs, required, wrong)
        begins = reader.line_num + 1
        for row in reader:
            if None in row or None in row.values():
                problem = f"{len(names)} columns expected, as in the first line; this row has more or fewer"
                if unquote and any('"' in str(cell) for cell in row.values()):
                    problem += "; line breaks and tabs inside quotes are not supported here: use CSV, JSONL or Parquet"
                raise CorpusError(path, f"line {reader.line_num}", problem)
            cells = {name: _unquoted(cell) for name, cell in row.items()} if unquote else row
            if list(cells.values()) == names:
                problem = "the header line again: delete it, or give files that were joined as 'parts'"
                raise CorpusError(path, f"line {reader.line_num}", problem)
            yield f"line {reader.line_num}", cells
            begins = reader.line_num + 1
    except csv.Error as error:
        if "field limit" in str(error):
            raise CorpusError(path, f"the field that begins in line {begins}", too_long(longest)) from error
        line = reader.reader.line_num  # the DictReader's own number is of the last good row
        since = f" (the row begins in line {begins})" if begins < line else ""
        lone = "a carriage return without a line feed: save the file with Linux or Windows line breaks"
        problem = lone if "new-line character" in str(error) else str(error)
        raise CorpusError(path, f"line {line}", f"not {name}: {problem}{since}") from error


def _check_names(path: FilePath, names: Sequence[str], signs: str, required: Sequence[str], wrong: str) -> None:
    """Refuse a first line that lacks a column, has one twice, or is not separated by ``signs``."""
    if repeated := _repeated(names):
        raise CorpusError(path, "line 1", f"duplicate column {shown(repeated)}: name every column once")
    if len(names) == 1 and any(sign in names[0] for sign in wrong):
        raise CorpusError(path, "line 1", f"one column, {shown(names[0])}: separate the columns by {signs}")
    if missing := [name for name in required if name not in names]:
        raise CorpusError(path, "line 1", f"{missing_column(missing[0], names)}: the first line names the columns")


def _repeated(names: Sequence[str]) -> str | None:
    return next((name for name, times in Counter(names).items() if times > 1), None)


def _unquoted(cell: str) -> str:
    """Return what a field in quotes stands for; one that has a single quote inside is no such field, but a text."""
    inside = cell[1:-1]
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inside.replace('""', "")
    return inside.replace('""', '"') if is_quoted else cell


def _read_parquet(
    path: FilePath, columns: Sequence[str] | None, required: Sequence[str], longest: int
) -> Iterator[tuple[str, Row]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    check_file(path)
    number = 0
    # A file of ours that was copied has a checksum of the whole; pages have checksums if their writer gave them some.
    options = {"pre_buffer": False, "buffer_size": _PARQUET_BYTES, "page_checksum_verification": True}
    try:
        if problem := parquet_damage(path):
            raise CorpusError(path, "", f"{problem}: copy the file again")
        with pq.ParquetFile(path, **options) as file:
            names = _parquet_columns(path, file.schema_arrow.names, columns, required)
            for batch in file.iter_batches(_PARQUET_ROWS, columns=names, use_threads=False):
                _check_lengths(path, number, batch, longest)
                for row in _to_rows(path, number, batch):
                    number += 1
                    yield f"row {number}", row
    except pa.ArrowInvalid as error:
        problem = f"not a Parquet file: {error}" if not number else f"the file is damaged: {error}"
        raise CorpusError(path, f"after row {number}" if number else "", problem) from error
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        refused = isinstance(error, OSError) and error.errno is not None
        problem = unreadable(error) if refused else f"the file is damaged: {error}"
        raise CorpusError(path, f"after row {number}" if number else "", problem) from error


def _check_lengths(path: FilePath, before: int, batch: "pa.RecordBatch", longest: int) -> None:
    """Refuse a text that is longer than ``longest`` bytes, before a copy of it is made."""
    if batch.nbytes <= longest or max(map(_longest_text, batch.columns), default=0) <= longest:
        return
    rows = (batch.slice(position, 1).columns for position in range(len(batch)))
    number = next(n for n, columns in enumerate(rows, start=1) if max(map(_longest_text, columns)) > longest)
    raise CorpusError(path, f"row {before + number}", too_long(longest))


def _longest_text(values: "pa.Array") -> int:
    """Return the bytes of the longest text of a column, in lists and objects too; 0 where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _longest_text(values.flatten())
    if pa.types.is_struct(kind):
        return max(map(_longest_text, values.flatten()), default=0)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return 0
    return pc.max(pc.binary_length(values)).as_py() or 0


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
    if repeated := _repeated(asked):
        raise CorpusError(path, "", f"duplicate column {shown(repeated)}: name every column once")
    return asked


def _to_rows(path: FilePath, before: int, batch: "pa.RecordBatch") -> list[dict[str, object]]:
    """Return the rows of a batch, which ``before`` rows of the file precede."""
    try:
        rows: list[dict[str, object]] = batch.to_pylist()
    except (ValueError, OverflowError):  # a text that is not UTF-8, a date after the year 9999
        for position in range(len(batch)):
            try:
                batch.slice(position, 1).to_pylist()
            except UnicodeDecodeError as error:
                problem = f"{not_utf8(error)}): write its texts as UTF-8"
                raise CorpusError(path, f"row {before + position + 1}", problem) from error
            except (ValueError, OverflowError) as error:
                problem = f"a value that cannot be read: {error}"
                raise CorpusError(path, f"row {before + position + 1}", problem) from error
        raise
    return rows
