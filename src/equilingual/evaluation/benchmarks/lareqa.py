"""LAReQA: XQuAD-R and MLQA-R, SQuAD's JSON with the sentences of each paragraph.

Candidates are one per entry of ``sentence_breaks``, without de-duplication; the relevant one holds the answer's offset,
end exclusive. This gives the counts that arXiv:2408.10536 publishes in its Table 10.
"""

import json
import reprlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from equilingual.corpora.errors import json_problem
from equilingual.evaluation.benchmarks.tables import (
    BenchmarkError,
    Place,
    Source,
    Tables,
    check_writable,
    merged_clusters,
)

_Query = tuple[str, str, str, str]  # id, language, text, cluster


def read_lareqa(source: Source, tables: Tables) -> None:
    """Read a JSON file per language; a cluster is a paragraph, in all languages.

    With ``sentence+context`` a candidate is the sentence, a space, its paragraph. (XTREME-R joins the two without a
    space; TF-IDF's published figures for this project need it.)
    """
    queries = [row for language in source.languages for row in _read_language(source, language, tables)]
    clusters = merged_clusters((query, cluster) for query, _, _, cluster in queries)
    for query, language, text, cluster in queries:
        tables.add_query(query, language, text, cluster=clusters[cluster])


def _text_of(path: Place) -> str:
    raw = Path(path).read_bytes()
    if not raw.strip():
        raise BenchmarkError(f"{path}: the file is empty")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BenchmarkError(f"{path}, line {line}: not UTF-8 (byte {raw[error.start : error.start + 1]!r})") from error


def _field(place: str, row: object, key: str, kind: type) -> Any:  # noqa: ANN401 (JSON has no static type)
    """Return ``row[key]``, checked to be a ``kind``."""
    if not isinstance(row, dict) or key not in row:
        raise BenchmarkError(f"{place}: no {key!r}: not LAReQA's format")
    value = row[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BenchmarkError(f"{place}: {key!r} should be of type {kind.__name__}, found {reprlib.repr(value)}")
    if kind is str:
        check_writable(f"{place}, {key!r}", value)
    return value


def _read_language(source: Source, language: str, tables: Tables) -> list[_Query]:
    """Add the candidates and what is relevant; return the queries."""
    file = source.one(language, "file")
    queries: dict[str, _Query] = {}
    for number, (place, paragraph) in enumerate(_paragraphs(file)):
        where = f"{file}, {place}"
        context = _field(where, paragraph, "context", str)
        breaks = _field(where, paragraph, "sentence_breaks", list)
        _check_breaks(where, context, breaks)
        for position, (start, end) in enumerate(breaks):
            sentence = context[start:end]
            text = sentence if source.candidate_text == "sentence" else f"{sentence} {context}"
            tables.add_candidate(f"{language}_{number}_{position}", language, text, passage=sentence)
        for qa in _field(where, paragraph, "qas", list):
            query = _field(where, qa, "id", str)
            if query in queries:
                raise BenchmarkError(f"{where}: question id {query!r} stands twice")
            where_query = f"{where}, question {query!r}"
            position = _relevant_sentence(where_query, qa, context, breaks)
            question = _field(where_query, qa, "question", str)
            if not question.strip():
                raise BenchmarkError(f"{where_query}: the question has no text")
            queries[query] = (query, language, question, f"{language}_{number}")
            tables.add_relevant(query, language, f"{language}_{number}_{position}")
    return list(queries.values())


def _check_breaks(place: str, context: str, breaks: list[list[int]]) -> None:
    """Raise unless every break is ``[start, end)`` within the context, not blank, after the one before it."""
    last = 0
    for position, entry in enumerate(breaks):
        whole = isinstance(entry, list) and [type(offset) for offset in entry] == [int, int]
        if not whole or not last <= entry[0] < entry[1] <= len(context) or not context[slice(*entry)].strip():
            raise BenchmarkError(
                f"{place}, sentence {position}: {reprlib.repr(entry)} is not [start, end) of a text between {last} "
                f"and the context's end, {len(context)}"
            )
        last = entry[1]


def _paragraphs(file: Place) -> Iterator[tuple[str, object]]:
    try:
        document = json.loads(_text_of(file))
    except json.JSONDecodeError as error:
        raise BenchmarkError(f"{file}, line {error.lineno}: {json_problem(error)}") from error
    if not isinstance(document, dict) or not isinstance(document.get("data"), list):
        raise BenchmarkError(f"{file}: no 'data' at the top: not LAReQA's format")
    for article_number, article in enumerate(document["data"]):
        paragraphs = _field(f"{file}, article {article_number}", article, "paragraphs", list)
        for paragraph_number, paragraph in enumerate(paragraphs):
            yield f"article {article_number}, paragraph {paragraph_number}", paragraph


def _relevant_sentence(place: str, qa: Mapping[str, Any], context: str, breaks: list[list[int]]) -> int:
    """Return the position of the sentence that holds the answer's first character, end exclusive."""
    answers = _field(place, qa, "answers", list)
    if not answers:
        raise BenchmarkError(f"{place}: no answer")
    start = _field(place, answers[0], "answer_start", int)
    if not 0 <= start < len(context):
        raise BenchmarkError(f"{place}: the answer offset {start} is outside its context of {len(context)} characters")
    holds = [position for position, (begin, end) in enumerate(breaks) if begin <= start < end]
    if not holds:
        raise BenchmarkError(f"{place}: the answer offset {start} is in no sentence")
    return holds[0]
