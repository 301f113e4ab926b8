"""QA pairs of formats in several files: passages and questions by id, and which answers which.

BEIR (``corpus.jsonl``, ``queries.jsonl``, ``qrels/*.tsv``), MS MARCO and mMARCO (``collection.tsv``, ``queries.tsv``
and qrels or triples of ids), and Tevatron's ids (its third format). The passages of a collection are read past: only
those that are asked for are kept, on disk.
"""

import math
import re
from array import array
from collections.abc import Iterator
from contextlib import closing

import numpy as np

from equilingual.corpora.errors import CorpusError, missing_key
from equilingual.corpora.ids import normalize_id
from equilingual.corpora.judgements import Judgements
from equilingual.corpora.lines import read_lines
from equilingual.corpora.lookup import TextStore, hash_id
from equilingual.corpora.pairs import CorpusSource, Pair, Place, check_id, check_text, with_title
from equilingual.corpora.records import Row, read_rows
from equilingual.messages import shown

Texts = Iterator[tuple[Place, str, str]]

# Why a hard negative is of no use.
_ANSWERS = "answers the question"
_NOT_THERE = "no passage in this language"
_GLUED = re.compile(r"\ufeff[^\s]+\t")


def read_beir(source: CorpusSource) -> Iterator[Pair]:
    """Yield the pairs of a BEIR folder, in the order of its qrels: score above 0; the others are hard negatives.

    https://github.com/beir-cellar/beir/wiki/Load-your-custom-dataset
    """
    judgements = Judgements(source.negatives)
    names = ("query-id", "corpus-id", "score")
    for place, row in read_rows(source.files["qrels"], required=names, longest=source.longest):
        query_id, passage_id = (_id(place, name, _value(place, row, name)) for name in names[:2])
        score = _value(place, row, names[2])
        _judge(judgements, place, query_id, passage_id, score)
    _count_repeated(source, judgements)
    return _pairs(source, judgements, *(_beir_texts(source, role) for role in ("queries", "corpus")))


def read_mmarco(source: CorpusSource) -> Iterator[Pair]:
    """Yield the pairs of MS MARCO's files, in the order of the qrels, or of the triples where there are none.

    Triples (``qid pos neg``, ids) give negatives, and pairs where there are no qrels.
    https://microsoft.github.io/msmarco/ and https://github.com/unicamp-dl/mMARCO
    """
    judgements = Judgements(source.negatives)
    for place, (query_id, _, passage_id, score) in _fields(source, "qrels", "qid 0 pid score"):
        _judge(judgements, place, query_id, passage_id, score)
    _count_repeated(source, judgements)
    for _, (query_id, positive, negative) in _fields(source, "triples", "qid pos neg"):
        if not source.files.get("qrels"):
            judgements.add(query_id, positive)
        judgements.add_negative(query_id, negative)
    return _pairs(source, judgements, *(_tsv_texts(source, role) for role in ("queries", "collection")))


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
        store.fill(_documents(source))
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
    for place, row in read_rows(source.files["file"], columns=names, required=names[:3], longest=source.longest):
        given, asked = (_value(place, row, name) for name in names[:2])
        query_id, text = _id(place, names[0], given), check_text(place, names[1], asked)
        positives, negatives = (_ids(place, row, name) for name in names[2:])
        kept = [identifier for identifier in negatives if identifier not in positives]
        answering = len(negatives) - len(kept) if source.negatives else 0
        yield place, query_id, text, positives, kept[: source.negatives], answering


def _ids(place: Place, row: Row, name: str) -> list[str]:
    value = row.get(name) or []
    if not isinstance(value, list):
        raise CorpusError(*place, f"{name} is {shown(value)}, not a list of ids")
    return [_id(place, name, identifier) for identifier in value]


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
            place = Place(path, f"question {shown(asked[0])}, passage {shown(answer[0])}")
            yield Pair(place, f"{asked[0]}-{answer[0]}", answer[0], asked[1], answer[1], others)


def _judge(judgements: Judgements, place: Place, query_id: str, passage_id: str, score: object) -> None:
    try:
        number = math.nan if isinstance(score, bool) else float(score)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if math.isnan(number):
        raise CorpusError(*place, f"the score {shown(score)} is not a number")
    (judgements.add if number > 0 else judgements.add_negative)(query_id, passage_id)


def _value(place: Place, row: Row, name: str) -> object:
    """Return a value that must be there."""
    value = row.get(name)
    if value is None:
        raise CorpusError(*place, missing_key(name, row))
    return value


def _id(place: Place, name: str, value: object) -> str:
    """Return an id that must be there."""
    if identifier := check_id(place, name, value):
        return identifier
    raise CorpusError(*place, f"{name} is {shown(value)}: every row needs an id")


def _beir_texts(source: CorpusSource, role: str) -> Texts:
    names = ("_id", "title", "text")
    for place, row in read_rows(source.files[role], columns=names, required=names[::2], longest=source.longest):
        if "text" not in row:
            raise CorpusError(*place, missing_key("text", row))
        title = check_text(place, "title", row.get("title") or "")
        text = "" if row["text"] is None else check_text(place, "text", row["text"])
        yield place, check_id(place, "_id", _value(place, row, "_id")), with_title(title, text)


def _documents(source: CorpusSource) -> Texts:
    names = ("docid", "title", "text", "document_text")
    for place, row in read_rows(source.files["corpus"], columns=names, required=["docid"], longest=source.longest):
        text = row.get("text") if row.get("document_text") is None else row.get("document_text")
        if text is None:
            raise CorpusError(*place, f"a document without a text: {missing_key('text', row)}")
        title = check_text(place, "title", row.get("title") or "")
        identifier = check_id(place, "docid", _value(place, row, "docid"))
        yield place, identifier, with_title(title, check_text(place, "text", text))


def _tsv_texts(source: CorpusSource, role: str) -> Texts:
    """Yield the lines ``id<tab>text``: no first line of names, no quotes; what follows the first tab is the text."""
    for path in source.files[role]:
        for number, line in read_lines(path, source.longest):
            place = Place(path, f"line {number}")
            identifier, tab, text = line.partition("\t")
            if not tab:
                raise CorpusError(*place, f"not an id, a tab and a text: {shown(line)}")
            if "\ufeff" in text and _GLUED.search(text):
                problem = "it contains a byte order mark and another line: files were joined without a line break"
                raise CorpusError(*place, f"{problem} between them")
            yield place, normalize_id(identifier), text


def _fields(source: CorpusSource, role: str, layout: str) -> Iterator[tuple[Place, list[str]]]:
    """Yield the columns between white space that ``layout`` names; whole numbers are written as ids are."""
    count = len(layout.split())
    for path in source.files.get(role, ()):
        for number, line in read_lines(path, source.longest):
            fields = line.split()
            if len(fields) != count:
                problem = f"{count} columns expected ({layout}), found {shown(line)}"
                raise CorpusError(path, f"line {number}", problem)
            yield Place(path, f"line {number}"), list(map(normalize_id, fields))
