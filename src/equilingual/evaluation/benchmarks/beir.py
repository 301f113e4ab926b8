"""Folders in BEIR's format, as MTEB's exports have it, too: ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/*.tsv``.

https://github.com/beir-cellar/beir/wiki/Load-your-custom-dataset. Each language has a folder; the judgements are its
own or those of all languages. A title and a space go before a text, as BEIR's models read it (arXiv:2104.08663).
"""

from dataclasses import dataclass
from pathlib import Path

from equilingual.catalogues.benchmarks import ALL
from equilingual.evaluation.benchmarks.judged import add_passages, settle_questions
from equilingual.evaluation.benchmarks.rows import (
    Distinct,
    Judgements,
    beir_judgements,
    id_of,
    json_rows,
    text_or_blank,
)
from equilingual.evaluation.benchmarks.tables import Source, Tables, merged_clusters

_KEYS = ("_id", "text")


@dataclass(frozen=True)
class _Query:
    language: str
    own: str  # the id in the file
    text: str
    place: str
    cluster: str


@dataclass(frozen=True)
class _Folder:
    """What a language's folder asks: its questions, and the judgements of them."""

    judgements: Judgements
    questions: dict[str, str]
    places: dict[str, str]

    def asked(self) -> set[str]:
        return {own for own in self.questions if self.judgements.relevant(own)}


def read(source: Source, tables: Tables) -> None:
    """Read the folders of the languages.

    Parallel ones ask the same question under one id in every language, and search all languages together. Else each
    language is a collection of its own, and ``{language}_{id}`` is the question. A cluster is the first relevant
    candidate, in all languages; questions that share one are drawn together.

    A query that no judgement calls relevant to anything is left out, and counted: BEIR's ``queries.jsonl`` has the
    queries of all splits.
    """
    folders = {language: _read_folder(source, language, tables) for language in source.languages}
    everywhere = {own for folder in folders.values() for own in folder.asked()}
    queries: list[_Query] = []
    for language, folder in folders.items():
        asked = {own: folder.questions.get(own, "") for own in (everywhere if source.parallel else folder.asked())}
        collection = "" if source.parallel else language
        add_passages(
            source,
            language,
            folder.judgements,
            tables,
            key="_id",
            what="a BEIR row",
            collection=collection,
            asked=asked,
        )
        queries += _add_judgements(source, language, folder, tables)
    clusters = merged_clusters((_query_id(source, query.language, query.own), query.cluster) for query in queries)
    for query in queries:
        name = _query_id(source, query.language, query.own)
        where = {"place": query.place, "collection": "" if source.parallel else query.language}
        tables.add_query(name, query.language, query.text, cluster=clusters[query.cluster], **where)


def _query_id(source: Source, language: str, own: str) -> str:
    return own if source.parallel else f"{language}_{own}"


def _read_folder(source: Source, language: str, tables: Tables) -> _Folder:
    """Return the questions and judgements of a language."""
    shared = "qrels" in source.files.get(ALL, {})
    judgements = beir_judgements(source.one(ALL if shared else language, "qrels"), of_all_languages=shared)
    if not shared or language == source.languages[0]:
        tables.dropped["repeated judgements"] += judgements.repeated
    questions = Distinct[str]("query")
    file = source.one(language, "queries")
    for place, row in json_rows([file], _KEYS, "a BEIR row"):
        questions.add(place, id_of(place, row, "_id"), text_or_blank(place, row, "text"))
    texts = settle_questions(source, language, questions, judgements, tables, Path(file).parent)
    return _Folder(judgements, texts, questions.places)


def _add_judgements(source: Source, language: str, folder: _Folder, tables: Tables) -> list[_Query]:
    """Add what is relevant; return the queries that have an answer."""
    tables.judged[language] += folder.judgements.not_relevant()
    queries = []
    for own, text in folder.questions.items():
        relevant = folder.judgements.relevant(own)
        if not relevant:
            tables.leave_out("queries", language, "queries without a relevant candidate")
            continue
        first = next(iter(relevant))
        cluster = first if source.parallel else f"{language}_{first}"
        queries.append(_Query(language, own, text, folder.places[own], cluster))
        for candidate, score in relevant.items():
            tables.add_relevant(_query_id(source, language, own), language, f"{language}_{candidate}", score)
    return queries
