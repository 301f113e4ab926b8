"""MIRACL and Mr. TyDi: questions with judged passages of the Wikipedia of their own language.

topics ``qid<tab>question``; TREC qrels with explicit negatives; a corpus of JSONL (gzipped or not) with ``docid``,
``title`` and ``text``. https://github.com/project-miracl/miracl (arXiv:2210.09984), https://github.com/castorini/mr.tydi
"""

from equilingual.evaluation.benchmarks.rows import (
    id_of,
    json_rows,
    pairs_of_columns,
    titled_text,
    trec_judgements,
)
from equilingual.evaluation.benchmarks.tables import BenchmarkError, Source, Tables

_KEYS = ("docid", "text")


def read_miracl(source: Source, tables: Tables) -> None:
    """Read each language, a collection of its own; a query is ``{language}_{qid}`` and its own cluster.

    The pool ``full`` has every passage of the corpus. ``judged`` has those that the qrels name, relevant or not: a
    much easier search, not to be compared with published figures. The corpus is read past, not held.

    Raises:
        BenchmarkError: a passage that is asked for is not in the corpus, or a topic has no relevant passage.

    """
    for language in source.languages:
        _read_language(source, language, tables)


def _read_language(source: Source, language: str, tables: Tables) -> None:
    topics = _topics(source, language)
    judgements = trec_judgements(source.one(language, "qrels"))
    judgements.check_queries(topics, source.one(language, "topics"))
    judged = judgements.candidates()
    # What a corpus may not lack: of the full pool, passages judged not relevant are as any others.
    missing = {docid for docid, relevant in judged.items() if relevant or source.pool == "judged"}
    for place, row in json_rows(source.all(language, "corpus"), _KEYS, "a passage"):
        docid = id_of(place, row, "docid")
        if source.pool == "full" or docid in judged:
            tables.add_candidate(f"{language}_{docid}", language, titled_text(place, row), collection=language)
        missing.discard(docid)
    for docid in judged:
        if docid in missing:
            judgements.raise_missing(docid, f"the corpus ({source.all(language, 'corpus')[0]}, …)")
    tables.judged[language] += judgements.not_relevant()
    for qid, text in topics.items():
        query_id = f"{language}_{qid}"
        relevant = judgements.relevant(qid)
        if not relevant:
            raise BenchmarkError(f"{judgements.path}: topic {qid!r} has no relevant passage")
        tables.add_query(query_id, language, text, cluster=query_id, collection=language)
        for docid, score in relevant.items():
            tables.add_relevant(query_id, language, f"{language}_{docid}", score)


def _topics(source: Source, language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for place, qid, text in pairs_of_columns(source.one(language, "topics"), "an id, a tab and a question"):
        if qid in found:
            raise BenchmarkError(f"{place}: the topic {qid!r} stands twice")
        found[qid] = text
    return found
