"""Folders in BEIR's format, as MTEB's exports have it, too: ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/*.tsv``.

https://github.com/beir-cellar/beir/wiki/Load-your-custom-dataset. Each language has a folder; the judgements are its
own or those of all languages. A title and a space go before a text, as BEIR's models read it (arXiv:2104.08663).
"""

from dataclasses import dataclass
from pathlib import Path

from equilingual.evaluation.benchmarks.rows import Judgements, beir_judgements, id_of, json_rows, text_of, titled_text
from equilingual.evaluation.benchmarks.tables import ALL, BenchmarkError, Source, Tables, merged_clusters

_KEYS = ("_id", "text")


@dataclass(frozen=True)
class _Query:
    language: str
    own: str  # the id in the file
    text: str
    cluster: str


def read_beir(source: Source, tables: Tables) -> None:
    """Read the folders of the languages.

    Parallel ones ask the same question under one id in every language, and search all languages together. Else each
    language is a collection of its own, and ``{language}_{id}`` is the question. A cluster is the first relevant
    candidate, in all languages; questions that share one are drawn together.

    A query that no judgement calls relevant to anything is left out, and counted: BEIR's ``queries.jsonl`` has the
    queries of all splits.
    """
    queries: list[_Query] = []
    shared = "qrels" in source.files.get(ALL, {})
    for language in source.languages:
        judgements = beir_judgements(source.one(ALL if shared else language, "qrels"), of_all_languages=shared)
        queries += _read_language(source, language, judgements, tables)
    clusters = merged_clusters((_query_id(source, query.language, query.own), query.cluster) for query in queries)
    for query in queries:
        name = _query_id(source, query.language, query.own)
        collection = "" if source.parallel else query.language
        tables.add_query(name, query.language, query.text, cluster=clusters[query.cluster], collection=collection)


def _query_id(source: Source, language: str, own: str) -> str:
    return own if source.parallel else f"{language}_{own}"


def _read_language(source: Source, language: str, judgements: Judgements, tables: Tables) -> list[_Query]:
    """Add the candidates and what is relevant; return the queries that have an answer."""
    texts = _queries(source, language)
    judgements.check_queries(texts, Path(source.one(language, "queries")).parent)
    missing = judgements.candidates()
    for place, row in json_rows(source.all(language, "corpus"), _KEYS, "a BEIR row"):
        own = id_of(place, row, "_id")
        collection = "" if source.parallel else language
        tables.add_candidate(f"{language}_{own}", language, titled_text(place, row), collection=collection)
        missing.pop(own, None)
    for candidate in missing:
        judgements.raise_missing(candidate, Path(source.all(language, "corpus")[0]).parent)
    tables.judged[language] += judgements.not_relevant()
    queries = []
    for own, text in texts.items():
        relevant = judgements.relevant(own)
        if not relevant:
            tables.dropped[f"queries without a relevant candidate, {language}"] += 1
            continue
        first = next(iter(relevant))
        queries.append(_Query(language, own, text, first if source.parallel else f"{language}_{first}"))
        for candidate, score in relevant.items():
            tables.add_relevant(_query_id(source, language, own), language, f"{language}_{candidate}", score)
    return queries


def _queries(source: Source, language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for place, row in json_rows([source.one(language, "queries")], _KEYS, "a BEIR row"):
        own = id_of(place, row, "_id")
        if own in found:
            raise BenchmarkError(f"{place}: the id {own!r} stands twice")
        found[own] = text_of(place, row, "text")
    return found
