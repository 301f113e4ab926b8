"""LAReQA: XQuAD-R and MLQA-R, SQuAD's JSON with the sentences of each paragraph.

Candidates are one per entry of ``sentence_breaks``, without de-duplication; the relevant one holds the answer's offset,
end exclusive. This gives the counts that arXiv:2408.10536 publishes in its Table 10.
"""

import reprlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from equilingual.corpora.articles import read_paragraphs
from equilingual.evaluation.benchmarks.rows import Distinct
from equilingual.evaluation.benchmarks.tables import BenchmarkError, Source, Tables, check_writable, merged_clusters


class _Query(NamedTuple):
    own: str
    language: str
    text: str
    cluster: str
    place: str


def read(source: Source, tables: Tables) -> None:
    """Read a JSON file per language; a cluster is a paragraph, in all languages.

    With ``sentence+context`` a candidate is the sentence, a space, its paragraph. (XTREME-R joins the two without a
    space; TF-IDF's published figures for this project need it.)
    """
    queries = [row for language in source.languages for row in _read_language(source, language, tables)]
    clusters = merged_clusters((query.own, query.cluster) for query in queries)
    for query in queries:
        tables.add_query(query.own, query.language, query.text, cluster=clusters[query.cluster], place=query.place)


def _field(place: str, row: object, key: str, kind: type) -> Any:  # noqa: ANN401 (JSON has no static type)
    """Return ``row[key]``, checked to be a ``kind``."""
    if not isinstance(row, dict) or key not in row:
        raise BenchmarkError(f"{place}: no {key!r}: not LAReQA's format")
    value = row[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BenchmarkError(f"{place}: {key!r} should be of type {kind.__name__}, found {reprlib.repr(value)}")
    if isinstance(value, str):
        check_writable(f"{place}, {key!r}", value)
    return value


def _read_language(source: Source, language: str, tables: Tables) -> list[_Query]:
    """Add the candidates and what is relevant; return the queries."""
    file = source.one(language, "file")
    questions = Distinct[tuple[str, str]]("question id")  # the text, the relevant candidate
    queries: list[_Query] = []
    for number, (place, paragraph) in enumerate(read_paragraphs(file, forms="not LAReQA's format")):
        where = f"{file}, {place}"
        context = _field(where, paragraph, "context", str)
        breaks = _field(where, paragraph, "sentence_breaks", list)
        _check_breaks(where, context, breaks)
        for position, (start, end) in enumerate(breaks):
            sentence = context[start:end]
            text = sentence if source.candidate_text == "sentence" else f"{sentence} {context}"
            tables.add_candidate(f"{language}_{number}_{position}", language, text, passage=sentence, place=where)
        for qa in _field(where, paragraph, "qas", list):
            query = _field(where, qa, "id", str)
            if not query.strip():
                raise BenchmarkError(f"{where}: a question has an empty 'id'")
            where_query = f"{where}, question {query!r}"
            position = _relevant_sentence(where_query, qa, context, breaks)
            question = _field(where_query, qa, "question", str)
            if not question.strip():
                raise BenchmarkError(f"{where_query}: the question has no text")
            candidate = f"{language}_{number}_{position}"
            if questions.add(where, query, (question, candidate)):
                queries.append(_Query(query, language, question, f"{language}_{number}", where))
                tables.add_relevant(query, language, candidate)
    tables.leave_out("queries", language, "repeated queries", questions.repeated)
    return queries


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


def _relevant_sentence(place: str, qa: Mapping[str, Any], context: str, breaks: list[list[int]]) -> int:
    """Return the position of the sentence that holds the answer's first character, end exclusive."""
    answers = _field(place, qa, "answers", list)
    if not answers:
        raise BenchmarkError(f"{place}: no answer")
    start = _field(place, answers[0], "answer_start", int)
    if not 0 <= start < len(context):
        raise BenchmarkError(
            f"{place}: the answer offset {reprlib.repr(start)} is outside its context of {len(context)} characters"
        )
    holds = [position for position, (begin, end) in enumerate(breaks) if begin <= start < end]
    if not holds:
        raise BenchmarkError(f"{place}: the answer offset {start} is in no sentence")
    return holds[0]
