"""What formats with relevance judgements have in common: questions, passages and judgements that fit together."""

from collections.abc import Mapping

from equilingual.evaluation.benchmarks.rows import Distinct, Judgements, id_of, json_rows, titled_text
from equilingual.evaluation.benchmarks.tables import BenchmarkError, Source, Tables
from equilingual.texts import normalize_text


def settle_questions(
    source: Source, language: str, questions: Distinct[str], judgements: Judgements, tables: Tables, where: object
) -> dict[str, str]:
    """Return the questions of a language that have a text; judgements of any others are left out of ``judgements``.

    An empty question that no judgement names is left out, and counted. One that is judged, and a judged question that
    is missing, are errors, or left out with the settings ``empty`` and ``missing``.

    Raises:
        BenchmarkError: as above; ``where`` names the file or folder of the questions.

    """
    empty = {own for own, text in questions.values.items() if not text}
    if source.empty == "refuse":
        for own in questions.values:
            if own in empty and own in judgements.scores:
                raise BenchmarkError(
                    f"{questions.places[own]}: the query {own!r} has no text: fix the file, or drop the query with "
                    "'empty: drop'"
                )
    missing = judgements.scores.keys() - questions.values.keys()
    if source.missing == "refuse":
        judgements.check_there(missing, where, what="query")
    tables.leave_out("queries", language, "empty queries", len(empty))
    tables.leave_out("queries", language, "repeated queries", questions.repeated)
    _count(tables, "judgements of empty queries", language, judgements.leave_out(queries=empty))
    _count(tables, "judgements of missing queries", language, judgements.leave_out(queries=missing))
    if source.ignore_identical_ids:
        _count(tables, "judgements of a query with its own id", language, judgements.leave_out(own=True))
    return {own: text for own, text in questions.values.items() if text}


def add_passages(
    source: Source,
    language: str,
    judgements: Judgements,
    tables: Tables,
    *,
    key: str,
    what: str,
    collection: str,
    asked: Mapping[str, str],
) -> None:
    """Add the passages of a language's corpus, which is read past, not held.

    A passage without title and text is left out, and counted, unless a query has it as relevant: that is an error, or
    left out with its judgements with the setting ``empty``. A judged passage that is missing is an error, or its
    judgements are left out with the setting ``missing``. Of MIRACL's full pool only relevant ones are missed.

    Args:
        source: of the pool ``judged`` only what the judgements name is added.
        language: of the passages.
        judgements: those of the language; some are left out.
        tables: where the passages go.
        key: the column of the id.
        what: names a row in an error.
        collection: of the passages.
        asked: the texts of the queries by id, ``""`` where there is none in this language: passages with these ids are
            counted.

    """
    judged = judgements.candidates()
    missing = {own for own, relevant in judged.items() if relevant or key == "_id" or source.pool == "judged"}
    empty: dict[str, str] = {}
    for place, row in json_rows(source.all(language, "corpus"), (key, "text"), what):
        own = id_of(place, row, key)
        if source.pool == "judged" and own not in judged:
            continue
        text = titled_text(place, row)
        if own in empty and text:
            raise _stands_twice(place, own, empty[own])
        missing.discard(own)
        if text:
            tables.add_candidate(f"{language}_{own}", language, text, place=place, collection=collection)
            _count_same_id(tables, own, (text, str(row.get("text"))), asked)
            continue
        if judged.get(own) and source.empty == "refuse":
            problem = "has no text, but is relevant for a query: fix the file, or drop it with 'empty: drop'"
            raise BenchmarkError(f"{place}: the passage {own!r} {problem}")
        empty[own] = place
        tables.leave_out("candidates", language, "empty passages")
    with_text = tables.places_of([f"{language}_{own}" for own in empty])
    for own, place in empty.items():
        if f"{language}_{own}" in with_text:
            raise _stands_twice(with_text[f"{language}_{own}"], own, place)
    if source.missing == "refuse":
        judgements.check_there(missing, f"the corpus ({source.all(language, 'corpus')[0]})", what="candidate")
    _count(tables, "judgements of missing passages", language, judgements.leave_out(candidates=missing))
    _count(tables, "judgements of empty passages", language, judgements.leave_out(candidates=empty))


def _stands_twice(place: str, own: str, without: str) -> BenchmarkError:
    return BenchmarkError(f"{place}: duplicate id {own!r}, without a text in {without}: keep one")


def _count(tables: Tables, reason: str, language: str, rows: int) -> None:
    if rows:
        tables.dropped[f"{reason}, {language}"] += rows


def _count_same_id(tables: Tables, own: str, texts: tuple[str, ...], asked: Mapping[str, str]) -> None:
    """Count a candidate that has the id of a query, and whether it has its text, too, with or without a title."""
    if own not in asked:
        return
    tables.same_id["candidates"] += 1
    if normalize_text(asked[own]) in map(normalize_text, texts):
        tables.same_id["same_text"] += 1
