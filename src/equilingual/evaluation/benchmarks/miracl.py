"""MIRACL and Mr. TyDi: questions with judged passages of the Wikipedia of their own language.

topics ``qid<tab>question``; TREC qrels with explicit negatives; a corpus of JSONL (gzipped or not) with ``docid``,
``title`` and ``text``. https://github.com/project-miracl/miracl (arXiv:2210.09984), https://github.com/castorini/mr.tydi
"""

from equilingual.corpora.ids import normalize_id
from equilingual.evaluation.benchmarks.judged import add_passages, settle_questions
from equilingual.evaluation.benchmarks.rows import Distinct, pairs_of_columns, trec_judgements
from equilingual.evaluation.benchmarks.tables import BenchmarkError, Source, Tables


def read(source: Source, tables: Tables) -> None:
    """Read each language, a collection of its own; a query is ``{language}_{qid}`` and its own cluster.

    The pool ``full`` has every passage of the corpus. ``judged`` has those that the qrels name, relevant or not: a
    much easier search, not to be compared with published figures. The corpus is read past, not held.

    Raises:
        BenchmarkError: a passage that is asked for is not in the corpus, or a topic has no relevant passage in the
            qrels.

    """
    for language in source.languages:
        _read_language(source, language, tables)


def _read_language(source: Source, language: str, tables: Tables) -> None:
    file = source.one(language, "topics")
    judgements = trec_judgements(source.one(language, "qrels"))
    tables.dropped["repeated judgements"] += judgements.repeated
    topics = Distinct[str]("topic")
    for place, qid, text in pairs_of_columns(file, "an id, a tab and a question", blank=True):
        topics.add(place, normalize_id(qid), text)
    texts = settle_questions(source, language, topics, judgements, tables, file)
    add_passages(source, language, judgements, tables, key="docid", what="a passage", collection=language, asked=texts)
    tables.judged[language] += judgements.not_relevant()
    for qid, text in texts.items():
        query_id = f"{language}_{qid}"
        relevant = judgements.relevant(qid)
        if not relevant and qid not in judgements.shortened:
            raise BenchmarkError(
                f"{topics.places[qid]}: topic {qid!r} has no relevant passage in {judgements.path}: remove it from "
                "the topics, or add its judgements"
            )
        if not relevant:
            tables.leave_out("queries", language, "queries without a relevant candidate")
            continue
        tables.add_query(query_id, language, text, cluster=query_id, place=topics.places[qid], collection=language)
        for docid, score in relevant.items():
            tables.add_relevant(query_id, language, f"{language}_{docid}", score)
