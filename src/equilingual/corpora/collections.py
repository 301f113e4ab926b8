"""What the formats in several files share: passages and questions by id, and which answers which.

The passages of a collection are read past: only those that are asked for are kept, on disk.
"""

import math
from collections.abc import Iterator
from contextlib import closing

from equilingual.corpora.errors import CorpusError, missing_key
from equilingual.corpora.judgements import Judgements
from equilingual.corpora.lookup import TextStore
from equilingual.corpora.pairs import CorpusSource, Pair, Place, check_id
from equilingual.corpora.records import Row
from equilingual.messages import shown

Texts = Iterator[tuple[Place, str, str]]

# Why a hard negative is of no use.
ANSWERS = "answers the question"
NOT_THERE = "no passage in this language"


def drop(source: CorpusSource, what: str) -> None:
    """Count a pair whose question or passage is missing."""
    source.dropped[f"no {what} in this language"] += 1


def count_repeated(source: CorpusSource, judgements: Judgements) -> None:
    """Count what the qrels have twice; triples name a pair once for each of its negatives, which loses nothing."""
    source.dropped["the same pair twice"] += judgements.added - len(judgements)


def judged_pairs(source: CorpusSource, judgements: Judgements, queries: Texts, passages: Texts) -> Iterator[Pair]:
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
                drop(source, "question" if not asked or not asked[1] else "passage")
                continue
            others = [found[1] or None if (found := texts.get(one)) else None for one in negatives]
            others = source.usable_negatives(answer[1], others, NOT_THERE)
            source.dropped_negatives[ANSWERS] += answering
            place = Place(path, f"question {shown(asked[0])}, passage {shown(answer[0])}")
            yield Pair(place, f"{asked[0]}-{answer[0]}", answer[0], asked[1], answer[1], others)


def judge(judgements: Judgements, place: Place, query_id: str, passage_id: str, score: object) -> None:
    """Add a judgement: a score above 0 makes a pair, another one a hard negative."""
    try:
        number = math.nan if isinstance(score, bool) else float(score)  # type: ignore[arg-type]  # caught below
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if math.isnan(number):
        raise CorpusError(*place, f"the score {shown(score)} is not a number")
    (judgements.add if number > 0 else judgements.add_negative)(query_id, passage_id)


def value_of(place: Place, row: Row, name: str) -> object:
    """Return a value that must be there."""
    value = row.get(name)
    if value is None:
        raise CorpusError(*place, missing_key(name, row))
    return value


def id_of(place: Place, name: str, value: object) -> str:
    """Return an id that must be there."""
    if identifier := check_id(place, name, value):
        return identifier
    raise CorpusError(*place, f"{name} is {shown(value)}: every row needs an id")
