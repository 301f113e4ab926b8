"""Tevatron: rows with texts (its first format), or questions with ids of documents (its third).

https://github.com/texttron/tevatron
"""

from array import array
from collections.abc import Iterator
from contextlib import closing

import numpy as np

from equilingual.catalogues.corpora import Format
from equilingual.corpora.collections import ANSWERS, NOT_THERE, Texts, drop, id_of, value_of
from equilingual.corpora.errors import CorpusError, missing_key
from equilingual.corpora.formats import columns
from equilingual.corpora.lookup import TextStore, hash_id
from equilingual.corpora.pairs import CorpusSource, Pair, Place, check_id, check_text, with_title
from equilingual.corpora.records import Row, read_rows
from equilingual.messages import shown


def read(source: CorpusSource, file_format: Format) -> Iterator[Pair]:
    """Yield the pairs of the first format or, where there is a corpus, of the third, in the order of the rows."""
    return _read_ids(source) if source.files.get("corpus") else columns.read(source, file_format)


def _read_ids(source: CorpusSource) -> Iterator[Pair]:
    wanted = array("Q")
    for _, _, _, positives, negatives, _ in _rows(source):
        wanted.extend(map(hash_id, positives + negatives))
    if not wanted:
        return
    with closing(TextStore(np.array(wanted, dtype=np.uint64), source.scratch)) as store:
        store.fill(_documents(source))
        for place, query_id, question, positives, negatives, answering in _rows(source):
            others = [_text_of(store, identifier) for identifier in negatives]
            for identifier in dict.fromkeys(positives):
                passage = _text_of(store, identifier)
                if not question or not passage:
                    drop(source, "question" if not question else "passage")
                    continue
                source.dropped_negatives[ANSWERS] += answering
                usable = source.usable_negatives(passage, others, NOT_THERE)
                yield Pair(place, f"{query_id}-{identifier}", identifier, question, passage, usable)


def _rows(source: CorpusSource) -> Iterator[tuple[Place, str, str, list[str], list[str], int]]:
    """Yield (place, query id, question, ids that answer it, ids that do not, as many as are kept, wrong ones of these).

    Where no negatives are kept, none is wrong.
    """
    names = ("query_id", "query_text", "positive_document_ids", "negative_document_ids")
    for place, row in read_rows(source.files["file"], columns=names, required=names[:3], longest=source.longest):
        given, asked = (value_of(place, row, name) for name in names[:2])
        query_id, text = id_of(place, names[0], given), check_text(place, names[1], asked)
        positives, negatives = (_ids(place, row, name) for name in names[2:])
        kept = [identifier for identifier in negatives if identifier not in positives]
        answering = len(negatives) - len(kept) if source.negatives else 0
        yield place, query_id, text, positives, kept[: source.negatives], answering


def _ids(place: Place, row: Row, name: str) -> list[str]:
    value = row.get(name) or []
    if not isinstance(value, list):
        raise CorpusError(*place, f"{name} is {shown(value)}, not a list of ids")
    return [id_of(place, name, identifier) for identifier in value]


def _text_of(store: TextStore, identifier: str) -> str | None:
    found = store.get(hash_id(identifier))
    return found[1] or None if found else None


def _documents(source: CorpusSource) -> Texts:
    names = ("docid", "title", "text", "document_text")
    for place, row in read_rows(source.files["corpus"], columns=names, required=["docid"], longest=source.longest):
        text = row.get("text") if row.get("document_text") is None else row.get("document_text")
        if text is None:
            raise CorpusError(*place, f"a document without a text: {missing_key('text', row)}")
        title = check_text(place, "title", row.get("title") or "")
        identifier = check_id(place, "docid", value_of(place, row, "docid"))
        yield place, identifier, with_title(title, check_text(place, "text", text))
