"""The paragraphs of SQuAD-format files, nested as SQuAD has them, or one question in a row as the Hub has them.

Nested: ``{"data": [{"paragraphs": [{"context": …, "qas": [{"id": …, "question": …, "answers": …}]}]}]}``. In rows:
``{"id": …, "context": …, "question": …, "answers": …}``, in the lines of a file, an array, the list ``data`` or a
Parquet file, as https://huggingface.co/datasets/rajpurkar/squad and its relatives have them.
"""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from equilingual.corpora.errors import DECODER, CorpusError, FilePath, json_problem
from equilingual.corpora.lines import LONGEST, check_file, not_utf8, read_bytes
from equilingual.corpora.records import read_rows
from equilingual.messages import shown
from equilingual.texts import broken_character

_Places = Iterator[tuple[str, Mapping[str, Any]]]

_IN_ROWS = ("id", "context", "question", "answers")
_FORMS = 'not SQuAD format: {"data": [{"paragraphs": …}]}, or rows with id, context, question and answers'


def read_paragraphs(path: FilePath, longest: int = LONGEST, forms: str = _FORMS) -> _Places:
    """Yield (place, paragraph) of a file, in order; rows with one context that follow each other are one paragraph.

    ``forms`` ends the errors of a file in another format.

    Raises:
        CorpusError: the file cannot be read, is not UTF-8, not JSON, or none of the forms above.

    """
    if _is_parquet(path):
        rows = read_rows([path], "parquet", columns=_IN_ROWS, required=_IN_ROWS, longest=longest)
        return _of_rows(path, ((place.spot, row) for place, row in rows))
    raw = read_bytes(path, longest)
    if not raw.strip():
        raise CorpusError(path, "", "the file is empty")
    try:
        document = DECODER.decode(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CorpusError(path, f"line {line}", f"{not_utf8(error)}): save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):  # an object in every line
            rows = read_rows([path], "jsonl", longest=longest)
            return _of_rows(path, ((place.spot, row) for place, row in rows))
        raise CorpusError(path, f"line {error.lineno}", json_problem(error)) from error
    except (ValueError, RecursionError) as error:
        raise CorpusError(path, "", json_problem(error)) from error
    return _of_document(path, document, forms)


def _is_parquet(path: FilePath) -> bool:
    check_file(path)
    try:
        with open(path, "rb") as file:
            return file.read(4) == b"PAR1"
    except OSError:
        return False  # whoever reads the file says why


def _of_document(path: FilePath, document: object, forms: str) -> _Places:
    if isinstance(document, dict) and "context" in document:
        document = [document]
    if isinstance(document, list) and document and isinstance(document[0], dict) and "context" in document[0]:
        return _of_rows(path, ((f"entry {number}", row) for number, row in enumerate(document, start=1)))
    if not isinstance(document, dict) or "data" not in document:
        raise CorpusError(path, "", f"no 'data' at the top: {forms}")
    articles = document["data"]
    if not isinstance(articles, list):
        raise CorpusError(path, "", f"'data' should be a list, found {shown(articles)}: {forms}")
    if articles and isinstance(articles[0], dict) and "context" in articles[0]:
        return _of_rows(path, ((f"entry {number}", row) for number, row in enumerate(articles, start=1)))
    return _nested(path, articles)


def _nested(path: FilePath, articles: list[object]) -> _Places:
    for article_number, article in enumerate(articles):
        paragraphs = field_of(path, f"article {article_number}", article, "paragraphs", list)
        for paragraph_number, paragraph in enumerate(paragraphs):
            yield f"article {article_number}, paragraph {paragraph_number}", paragraph


def _of_rows(path: FilePath, rows: Iterable[tuple[str, object]]) -> _Places:
    """Yield rows as paragraphs, each under the place of its first row."""

    def context_of(row: tuple[str, object]) -> object:
        return field_of(path, row[0], row[1], "context", str)

    for context, same in itertools.groupby(rows, context_of):
        own = list(same)
        yield own[0][0], {"context": context, "qas": [row for _, row in own]}


def field_of(path: FilePath, place: str, row: object, key: str, kind: type) -> Any:  # noqa: ANN401
    """Return ``row[key]``, checked to be a ``kind`` and, if a text, to be one that UTF-8 can hold."""
    if not isinstance(row, dict) or key not in row:
        raise CorpusError(path, place, f"no {key!r}: {_FORMS}")
    value = row[key]
    if not isinstance(value, kind):
        raise CorpusError(path, place, f"{key!r} should be of type {kind.__name__}, found {shown(value)}")
    if isinstance(value, str) and (broken := broken_character(value)):
        raise CorpusError(path, place, f"{key!r}: {broken}")
    return value
