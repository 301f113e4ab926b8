"""QA pairs of formats in several files: passages and questions by id, and which answers which.

BEIR (``corpus.jsonl``, ``queries.jsonl``, ``qrels/*.tsv``), MS MARCO and mMARCO (``collection.tsv``, ``queries.tsv``
and qrels or triples of ids), and Tevatron's ids (its third format). The passages of a collection are read past: only
those that are asked for are kept, on disk.
"""

import math
from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing

import numpy as np

from equilingual.corpora.errors import CorpusError
from equilingual.corpora.judgements import Judgements
from equilingual.corpora.lookup import TextStore, hash_id
from equilingual.corpora.pairs import CorpusSource, FilePath, Pair, Place, check_id, check_text, with_title
from equilingual.corpora.records import Row, read_lines, read_rows

Texts = Iterator[tuple[Place, str, str]]

# Why a hard negative is of no use.
_ANSWERS = "answers the question"
_NOT_THERE = "no passage in this language"


def read_beir(source: CorpusSource) -> Iterator[Pair]:
    """Yield the pairs of a BEIR folder, in the order of its qrels: score above 0; the others are hard negatives.

    https://github.com/beir-cellar/beir/wiki/Load-your-custom-dataset
    """
    judgements = Judgements(source.negatives)
    names = ("query-id", "corpus-id", "score")
    for place, row in read_rows(source.files["qrels"], required=names):
        query_id, passage_id, score = (_value(place, row, name) for name in names)
        _judge(judgements, place, query_id, passage_id, score)
    _count_repeated(source, judgements)
    return _pairs(source, judgements, _beir_texts(source.files["queries"]), _beir_texts(source.files["corpus"]))


def read_mmarco(source: CorpusSource) -> Iterator[Pair]:
    """Yield the pairs of MS MARCO's files, in the order of the qrels, or of the triples where there are none.

    Triples (``qid pos neg``, ids) give negatives, and pairs where there are no qrels.
    https://microsoft.github.io/msmarco/ and https://github.com/unicamp-dl/mMARCO
    """
    judgements = Judgements(source.negatives)
    qrels, triples = (source.files.get(role, ()) for role in ("qrels", "triples"))
    for place, (query_id, _, passage_id, score) in _fields(qrels, 4, "qid 0 pid score"):
        _judge(judgements, place, query_id, passage_id, score)
    _count_repeated(source, judgements)
    for _, (query_id, positive, negative) in _fields(triples, 3, "qid pos neg"):
        if not qrels:
            judgements.add(query_id, positive)
        judgements.add_negative(query_id, negative)
    return _pairs(source, judgements, _tsv_texts(source.files["queries"]), _tsv_texts(source.files["collection"]))


def read_tevatron_ids(source: CorpusSource) -> Iterator[Pair]:
    """Yield the pairs of Tevatron's third format, in the order of its rows: questions with ids of documents.

    https://github.com/texttron/tevatron
    """
    wanted = array("Q")
    for _, _, _, positives, negatives, _ in _tevatron_rows(source):
        wanted.extend(map(hash_id, positives + negatives))
    if not wanted:
        return
    with closing(TextStore(np.array(wanted, dtype=np.uint64), source.scratch)) as store:
        store.fill(_documents(source.files["corpus"]))
        for place, query_id, question, positives, negatives, answering in _tevatron_rows(source):
            others = [_text_of(store, identifier) for identifier in negatives]
            for identifier in dict.fromkeys(positives):
                passage = _text_of(store, identifier)
                if not question or not passage:
                    _drop(source, "question" if not question else "passage")
                    continue
                source.dropped_negatives[_ANSWERS] += answering
                usable = source.usable_negatives(passage, others, _NOT_THERE)
                yield Pair(place, f"{query_id}-{identifier}", identifier, question, passage, usable)


def _tevatron_rows(source: CorpusSource) -> Iterator[tuple[Place, str, str, list[str], list[str], int]]:
    """Yield (place, query id, question, ids that answer it, ids that do not, as many as are kept, wrong ones of these).

    Where no negatives are kept, none is wrong.
    """
    names = ("query_id", "query_text", "positive_document_ids", "negative_document_ids")
    for place, row in read_rows(source.files["file"], columns=names, required=names[:3]):
        query_id, text = (_value(place, row, name) for name in names[:2])
        positives, negatives = (_ids(place, row, name) for name in names[2:])
        kept = [identifier for identifier in negatives if identifier not in positives]
        answering = len(negatives) - len(kept) if source.negatives else 0
        yield place, query_id, text, positives, kept[: source.negatives], answering


def _ids(place: Place, row: Row, name: str) -> list[str]:
    value = row.get(name) or []
    if not isinstance(value, list):
        raise CorpusError(*place, f"{name} is {value!r}, not a list of ids")
    return [check_id(place, name, identifier) for identifier in value]


def _text_of(store: TextStore, identifier: str) -> str | None:
    found = store.get(hash_id(identifier))
    return found[1] or None if found else None


def _drop(source: CorpusSource, what: str) -> None:
    source.dropped[f"no {what} in this language"] += 1


def _count_repeated(source: CorpusSource, judgements: Judgements) -> None:
    """Count what the qrels have twice; triples name a pair once for each of its negatives, which loses nothing."""
    source.dropped["the same pair twice"] += judgements.added - len(judgements)


def _pairs(source: CorpusSource, judgements: Judgements, queries: Texts, passages: Texts) -> Iterator[Pair]:
    """Yield the judged pairs, each with its texts and ids; one whose text is missing or empty is counted."""
    if not len(judgements):
        return
    path = (source.files.get("qrels") or source.files["triples"])[0]
    query_hashes, passage_hashes = judgements.hashes()
    with (
        closing(TextStore(query_hashes, source.scratch)) as questions,
        closing(TextStore(passage_hashes, source.scratch)) as texts,
    ):
        questions.fill(queries)
        texts.fill(passages)
        for query, positive, negatives, answering in judgements.pairs():
            asked, answer = questions.get(query), texts.get(positive)
            if not asked or not answer or not asked[1] or not answer[1]:
                _drop(source, "question" if not asked or not asked[1] else "passage")
                continue
            others = [found[1] or None if (found := texts.get(one)) else None for one in negatives]
            others = source.usable_negatives(answer[1], others, _NOT_THERE)
            source.dropped_negatives[_ANSWERS] += answering
            place = Place(path, f"question {asked[0]!r}, passage {answer[0]!r}")
            yield Pair(place, f"{asked[0]}-{answer[0]}", answer[0], asked[1], answer[1], others)


def _judge(judgements: Judgements, place: Place, query_id: str, passage_id: str, score: str) -> None:
    try:
        number = float(score)
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise CorpusError(*place, f"the score {score!r} is no number")
    (judgements.add if number > 0 else judgements.add_negative)(query_id, passage_id)


def _value(place: Place, row: Row, name: str) -> str:
    """Return an id, a score or a question, which must be there."""
    value = row.get(name)
    if value is None:
        raise CorpusError(*place, f"no {name!r} (columns here: {', '.join(map(str, row))})")
    return check_id(place, name, value)


def _beir_texts(paths: Sequence[FilePath]) -> Texts:
    for place, row in read_rows(paths, columns=("_id", "title", "text"), required=("_id", "text")):
        if "text" not in row:
            raise CorpusError(*place, f"no 'text' (columns here: {', '.join(map(str, row))})")
        title = check_text(place, "title", row.get("title") or "")
        text = "" if row["text"] is None else check_text(place, "text", row["text"])
        yield place, _value(place, row, "_id"), with_title(title, text)


def _documents(paths: Sequence[FilePath]) -> Texts:
    for place, row in read_rows(paths, columns=("docid", "title", "text", "document_text"), required=["docid"]):
        text = row.get("text") if row.get("document_text") is None else row.get("document_text")
        if text is None:
            raise CorpusError(*place, f"a document without a text (columns here: {', '.join(map(str, row))})")
        title = check_text(place, "title", row.get("title") or "")
        yield place, _value(place, row, "docid"), with_title(title, check_text(place, "text", text))


def _tsv_texts(paths: Sequence[FilePath]) -> Texts:
    """Yield the lines ``id<tab>text``: no first line of names, no quotes; what follows the first tab is the text."""
    for path in paths:
        for number, line in read_lines(path):
            identifier, tab, text = line.partition("\t")
            if not tab:
                raise CorpusError(path, f"line {number}", f"not an id, a tab and a text: {line[:60]!r}")
            yield Place(path, f"line {number}"), identifier, text


def _fields(paths: Sequence[FilePath], count: int, layout: str) -> Iterator[tuple[Place, list[str]]]:
    for path in paths:
        for number, line in read_lines(path):
            fields = line.split()
            if len(fields) != count:
                raise CorpusError(path, f"line {number}", f"{count} columns expected ({layout}), found {line[:60]!r}")
            yield Place(path, f"line {number}"), fields
