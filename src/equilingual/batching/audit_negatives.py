"""The audit of the hard negatives in written batches: texts and ids are looked up in the corpora again."""

from collections.abc import Sequence
from itertools import product
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equilingual.batching.counting import rows_of
from equilingual.batching.negatives import NEGATIVE_LANGUAGES, NEGATIVES
from equilingual.batching.reader import BatchReader
from equilingual.numbering import CorpusFiles, read_language, text_hashes

_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")
_ROWS_AT_ONCE = 4096  # of the batches
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: spreads small numbers over all bits


def audit_negatives(reader: BatchReader, files: CorpusFiles, languages: Sequence[str]) -> dict[str, Any] | None:
    """Return what is found of the hard negatives; ``None`` where none were asked for.

    ``rows`` are those with 0, 1, 2, … of them; ``positives`` counts hard negatives that are, in some language, the
    passage of a pair of their batch, ``answers`` the others that are the passage of any pair with the question of one
    in their batch, ``repeated`` those that stand in it twice, ``strange`` texts that the corpora do not have where
    ``negative_ids`` says, ``foreign`` those of another pair's column, ``too many`` rows with more than were
    asked for, and ``misplaced`` texts that are in another language than asked for, or that lack it. A hard negative in
    two languages is one.
    """
    asked = reader.summary["negatives"]
    if not asked:
        return None
    shown = _Shown(reader, languages)
    found = {"positives": 0, "answers": 0, "repeated": 0, "strange": 0}
    for number, language in enumerate(languages):
        looked_up = _look_up(files, language, shown)
        once = shown.first & (looked_up.texts != 0)  # its second text is no repeat, nor another positive
        positive = _mixed(looked_up.passages, shown.member_batches)[looked_up.passages != 0]
        negative = _mixed(looked_up.texts, shown.batches)[once]
        is_positive = np.isin(negative, positive)
        found["positives"] += int(is_positive.sum())
        found["answers"] += int((_answers(negative, shown.member_batches, looked_up) & ~is_positive).sum())
        found["repeated"] += len(negative) - len(np.unique(negative))
        own = shown.languages == number
        found["strange"] += int((shown.texts[own] != looked_up.texts[own]).sum())
    # As the batch shows them: one may be in German what a passage is in English.
    seen = _mixed(shown.texts, shown.batches)[shown.first | ~shown.same_text]
    found["positives"] += int(np.isin(seen, _mixed(shown.member_texts, shown.member_batches)).sum())
    found["repeated"] += len(seen) - len(np.unique(seen))
    rows = np.bincount(shown.counts, minlength=asked["count"] + 1)
    found |= {"foreign": shown.foreign, "too many": int((shown.counts > asked["count"]).sum())}
    found |= {"misplaced": shown.misplaced}
    said = {"asked": {name: asked[name] for name in ("count", "from", "language")}, "missing": asked["missing"]}
    return said | {"rows": _numbered(rows)} | found


def _numbered(counts: np.ndarray) -> dict[str, int]:
    return {str(number): int(count) for number, count in enumerate(counts)}


def _mixed(hashes: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return uint64: a hash of each hash and its number."""
    mixed: np.ndarray = hashes + numbers.astype(np.uint64) * _ODD
    return mixed


class _Shown:
    """The hard negatives of all batches, one after the other, and the members: 48 bytes each.

    Attributes:
        counts: int32 [rows], how many each row has, those in two languages once.
        members: uint64 [rows], the pair of each row; ``member_texts`` its passage, ``member_batches`` its batch.
        batches: int32 [hard negatives], the batch of each.
        languages: int16, that of its text.
        first: bool, whether it is no further text of the one before it.
        same_text: bool, whether its text is that of the one before it, too.
        texts: uint64, of the normalised text.
        sources: uint64, of what the text is to be looked up by: a pair, or a pair and a place.
        mined: bool, whether it is the passage of a pair.
        foreign: how many are of another pair's column than that of their row.
        misplaced: how many are in another language than asked for, or miss in one.

    """

    def __init__(self, reader: BatchReader, languages: Sequence[str]) -> None:
        numbers = {language: number for number, language in enumerate(languages)}
        asked = reader.summary["negatives"]["language"]
        parts: list[tuple[np.ndarray, ...]] = []
        rows: list[tuple[np.ndarray, ...]] = []
        self.foreign = self.misplaced = 0
        for table in rows_of(reader, bitext=False):
            lengths = pc.list_value_length(table[NEGATIVES]).to_numpy().astype(np.int32)
            batches = table["batch_id"].to_numpy().astype(np.int32)
            owners, own_ids, own_tags = table["pair_id"].to_pylist(), table["negative_ids"].to_pylist(), _tags(table)
            tags = np.array([numbers[tag] for own in own_tags for tag in own], dtype=np.int16)
            ids = [name for own in own_ids for name in own]
            texts = text_hashes(pc.list_flatten(table[NEGATIVES]).to_pylist())
            mined = np.array([name.startswith("pair:") for name in ids], dtype=bool)
            for owner, own in zip(owners, own_ids, strict=True):
                self.foreign += sum(name.startswith("column:") and name.split(":", 2)[2] != owner for name in own)
            self.misplaced += _misplaced(table, own_ids, own_tags, asked)
            sources = _sources(ids)
            beside = _as_before(np.arange(len(lengths)).repeat(lengths)) & _as_before(sources)
            first = ~(beside & ~_as_before(tags))
            members = text_hashes(owners, normalised=False)
            counts = np.array([len(set(own)) for own in own_ids], dtype=np.int32)
            rows.append((counts, members, text_hashes(table["passage"].to_pylist()), batches))
            parts.append((batches.repeat(lengths), tags, texts, sources, mined, first, _as_before(texts)))
        together = map(np.concatenate, zip(*rows, strict=True))
        self.counts, self.members, self.member_texts, self.member_batches = together
        together = map(np.concatenate, zip(*parts, strict=True))
        self.batches, self.languages, self.texts, self.sources, self.mined, self.first, self.same_text = together


def _as_before(values: np.ndarray) -> np.ndarray:
    """Return bool: whether each value is that of the one before it."""
    same = np.zeros(len(values), dtype=bool)
    same[1:] = values[1:] == values[:-1]
    return same


def _tags(table: pa.Table) -> list[list[str]]:
    """Return the language of each hard negative: that of its row's passage, unless the batches say it."""
    if NEGATIVE_LANGUAGES in table.schema.names:
        tags: list[list[str]] = table[NEGATIVE_LANGUAGES].to_pylist()
        return tags
    counts = pc.list_value_length(table[NEGATIVES]).to_pylist()
    return [[tag] * count for tag, count in zip(table["passage_language"].to_pylist(), counts, strict=True)]


def _misplaced(table: pa.Table, ids: Sequence[Sequence[str]], tags: Sequence[Sequence[str]], asked: str) -> int:
    """Return how many hard negatives are in a language that is not asked for, and how many lack one that is."""
    sides = {"passage": ["passage_language"], "query": ["query_language"]}
    columns = [table[name].to_pylist() for name in sides.get(asked, ["passage_language", "query_language"])]
    return sum(
        len(set(zip(own, tagged, strict=True)) ^ set(product(own, wanted)))
        for own, tagged, *wanted in zip(ids, tags, *columns, strict=True)
    )


def _sources(ids: Sequence[str]) -> np.ndarray:
    """Return uint64 [ids]: of ``pair:{id}`` the hash of the id, of ``column:{place}:{id}`` that of both."""
    places, pairs = [], []
    for name in ids:
        kind, _, rest = name.partition(":")
        place, _, pair = rest.partition(":") if kind == "column" else ("-1", "", rest)
        places.append(int(place) + 1)
        pairs.append(pair)
    return _mixed(text_hashes(pairs, normalised=False), np.array(places, dtype=np.int64))


class _LookedUp(NamedTuple):
    """Hashes of texts in one language, uint64; 0 where a text is missing.

    ``questions`` and ``passages`` are those of each member, ``texts`` of each hard negative, and ``corpus`` the
    questions and the passages of all pairs, in the batches or not.
    """

    questions: np.ndarray
    passages: np.ndarray
    texts: np.ndarray
    corpus: tuple[np.ndarray, np.ndarray]


def _look_up(files: CorpusFiles, language: str, shown: _Shown) -> _LookedUp:
    asked, answers = np.zeros((2, len(shown.members)), dtype=np.uint64)
    texts = np.zeros(len(shown.sources), dtype=np.uint64)
    members, mined = _Places(shown.members), _Places(np.where(shown.mined, shown.sources, np.uint64(0)))
    of_column = _Places(np.where(shown.mined, np.uint64(0), shown.sources))
    parts = [np.empty((2, 0), dtype=np.uint64)]
    for corpus, _, batch in read_language(files, language, ["pair_id", "question", "passage"], optional=[NEGATIVES]):
        ids = text_hashes((f"{corpus}/{value}" for value in batch["pair_id"].to_pylist()), normalised=False)
        questions, passages = (text_hashes(batch[name].to_pylist()) for name in ("question", "passage"))
        members.fill(asked, ids, questions)
        members.fill(answers, ids, passages)
        mined.fill(texts, ids, passages)
        if NEGATIVES in batch.schema.names:
            of_column.fill(texts, *_column_hashes(batch[NEGATIVES], ids))
        parts.append(np.stack((questions, passages)))
    questions, passages = np.concatenate(parts, axis=1)
    return _LookedUp(asked, answers, texts, (questions, passages))


def _answers(negative: np.ndarray, batches: np.ndarray, looked_up: _LookedUp) -> np.ndarray:
    """Return which of some hard negatives, mixed with their batches, are the passage to a question of their batch.

    ``batches`` are the members' own.
    """
    if not len(negative):
        return np.zeros(0, dtype=bool)
    questions, passages = looked_up.corpus
    order = np.argsort(questions, kind="stable")
    first, last = (np.searchsorted(questions, looked_up.questions, side=side, sorter=order) for side in _SIDES)
    sizes = np.where(looked_up.questions == 0, 0, last - first)
    ordered, hits = np.unique(negative), [np.empty(0, dtype=np.uint64)]
    # A question that thousands of pairs have is asked in many batches: never all at once.
    for start in range(0, len(sizes), _ROWS_AT_ONCE):
        here = slice(start, start + _ROWS_AT_ONCE)
        before = np.cumsum(sizes[here]) - sizes[here]
        places = np.repeat(first[here] - before, sizes[here]) + np.arange(sizes[here].sum())
        found = _mixed(passages[order[places]], batches[here].repeat(sizes[here]))
        at = np.minimum(np.searchsorted(ordered, found), len(ordered) - 1)
        hits.append(found[ordered[at] == found])
    return np.isin(negative, np.concatenate(hits))


def _column_hashes(lists: pa.Array, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sources and the hashes of the existing texts of a column."""
    entries = [
        (row, place, text)
        for row, own in enumerate(lists.to_pylist())
        for place, text in enumerate(own)
        if text is not None and text.strip()
    ]
    rows = np.array([row for row, _, _ in entries], dtype=np.int64)
    places = np.array([place + 1 for _, place, _ in entries], dtype=np.int64)
    return _mixed(ids[rows], places), text_hashes([text for _, _, text in entries])


class _Places:
    """Finds where each of some keys stands among those that are wanted; one may be wanted at several places."""

    def __init__(self, wanted: np.ndarray) -> None:
        self._order = np.argsort(wanted, kind="stable")
        self._wanted = wanted[self._order]

    def fill(self, values: np.ndarray, keys: np.ndarray, given: np.ndarray) -> None:
        """Write the value that is given with each key to all places of ``values`` that want it."""
        first, last = (np.searchsorted(self._wanted, keys, side=side) for side in _SIDES)
        sizes = last - first
        before = np.cumsum(sizes) - sizes
        places = np.repeat(first - before, sizes) + np.arange(sizes.sum())
        values[self._order[places]] = np.repeat(given, sizes)
