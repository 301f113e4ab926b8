"""Hard negatives: passages beside a pair's own that look like its answer and are none.

They come from a column of the corpora, or were mined from the passages of the training set itself. A mined one is
another pair: its passage exists in that pair's languages. Both are in the language of the pair's own passage in the
batch, of its query, or in both. Every passage of a batch is compared with every query (arXiv:2408.10536, equation 1),
so that a hard negative may be no pair's positive: it is left out where it shares a key with a member of the batch, or
with a pair, in the batch or not, that shares one with a member: a question may stand in the batch with one answer, and
elsewhere with another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equilingual.batching.errors import BatchError
from equilingual.batching.keys import KeyCollector, NearKeys, SharedKeys, SharedTexts
from equilingual.batching.pairs import ParallelPairs
from equilingual.batching.plans import Plan
from equilingual.catalogues.mining import COLUMN
from equilingual.config.batch_settings import HardNegatives, NegativeLanguage
from equilingual.numbering import read_language, text_hashes
from equilingual.parquet import read_columns

NEGATIVES = "negatives"  # the column's name, in corpora and in batches
NEGATIVE_LANGUAGES = "negative_languages"  # in batches, where they need not be the passages'


@dataclass(frozen=True)
class NegativeChoices:
    """The hard negatives that every pair has to choose from.

    A member is a pair of the training set, whose passage it is, or, from ``len(pairs)`` on, a text of the column.

    Attributes:
        count: how many a pair takes at most.
        language: the language that they are given in: that of the pair's ``passage``, of its ``query``, or ``both``.
        offsets: int64 [pairs + 1]; those of pair i are ``members[offsets[i]:offsets[i + 1]]``, the best first.
        members: int32.
        owners: int32 [texts of the column], the pair that has each.
        places: int32 [texts of the column], its place in the pair's list, from 0.
        there: bool [texts of the column, languages], whether it exists in the language.
        shared: the keys of the pairs, then of the texts of the column.

    """

    count: int
    language: NegativeLanguage
    offsets: np.ndarray
    members: np.ndarray
    owners: np.ndarray
    places: np.ndarray
    there: np.ndarray
    shared: SharedKeys

    @property
    def sides(self) -> int:
        """How many texts a hard negative has at most."""
        return 2 if self.language == "both" else 1

    def languages(self, plan: Plan) -> np.ndarray:
        """Return int16 [batches, batch_size, sides]: the languages of a row's hard negatives, -1 for no second one."""
        if self.language == "passage":
            return plan.passage_languages[:, :, None]
        if self.language == "query":
            return plan.query_languages[:, :, None]
        second = np.where(plan.query_languages == plan.passage_languages, np.int16(-1), plan.query_languages)
        return np.stack((plan.passage_languages, second), axis=2)

    def of(self, pair: int) -> list[int]:
        """Return the members of one pair."""
        members: list[int] = self.members[self.offsets[pair] : self.offsets[pair + 1]].tolist()
        return members

    def locate(self, members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return int32 [members] twice: the pair in whose row each is, and its place in that row's list or -1."""
        pairs = len(self.offsets) - 1
        of_column = members >= pairs
        owners, inside = members.copy(), np.full_like(members, -1)
        owners[of_column] = self.owners[members[of_column] - pairs]
        inside[of_column] = self.places[members[of_column] - pairs]
        return owners, inside


def load_negatives(
    pairs: ParallelPairs,
    asked: HardNegatives,
    mined: Mapping[str, str | PathLike[str]],
    folder: str | PathLike[str] | None = None,
) -> NegativeChoices:
    """Load the hard negatives of a training set.

    Args:
        pairs: the training set.
        asked: how many a pair takes at most, and from where: it takes the first of each source in turn, then the
            second of each, …
        mined: for each miner a Parquet file with ``pair_id`` and ``negatives``, ids with the corpus's name before them.
        folder: where scratch files lie; ``None``: the system's for temporary files.

    Raises:
        BatchError: the column is asked for and no corpus has it, or a file was mined from another training set.

    """
    column = _read_column(pairs, folder) if COLUMN in asked.from_ else _Column.empty(pairs)
    hashes = pair_hashes(pairs) if asked.miners else np.empty(0, dtype=np.uint64)
    entries = [
        (column.owners, column.places, len(pairs) + np.arange(len(column.owners), dtype=np.int32))
        if source == COLUMN
        else _read_mined(mined[source], hashes)
        for source in asked.from_
    ]
    owners, ranks, members = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    turns = np.repeat(np.arange(len(entries)), [len(entry[0]) for entry in entries])
    order = np.lexsort((turns, ranks, owners))
    offsets = np.concatenate(([0], np.cumsum(np.bincount(owners, minlength=len(pairs)))))
    of_column = (column.owners, column.places, column.there, column.shared)
    return NegativeChoices(asked.count, asked.language, offsets, members[order], *of_column)


def choose_negatives(pairs: ParallelPairs, plan: Plan, negatives: NegativeChoices) -> tuple[np.ndarray, int]:
    """Choose the hard negatives of every row.

    Of each pair the first that exist in the language asked for (in both, where both are), and share no key with a pair
    of the batch, with a pair that shares one with a pair of the batch, or with a hard negative chosen for the batch
    before.

    Returns:
        int32 [batches, batch_size, count], members of ``negatives``, -1 behind the last one of a pair; and how often
        one was passed over only because it has no text in the language.

    """
    near = NearKeys(negatives.shared)
    languages = negatives.languages(plan)
    chosen = np.full((*plan.pairs.shape, negatives.count), -1, dtype=np.int32)
    missing = 0
    for batch, members in enumerate(plan.pairs):
        used = set(members.tolist())
        keys = near.of(members)
        for slot, (pair, wanted) in enumerate(zip(members.tolist(), languages[batch].tolist(), strict=True)):
            found = 0
            for member in negatives.of(pair):
                if found == negatives.count:
                    break
                own = negatives.shared.of(member)
                if member in used or not keys.isdisjoint(own):
                    continue
                if not _is_there(pairs, negatives, member, wanted):
                    missing += 1
                    continue
                chosen[batch, slot, found] = member
                found += 1
                used.add(member)
                keys.update(own)
    return chosen, missing


def _is_there(pairs: ParallelPairs, negatives: NegativeChoices, member: int, languages: Sequence[int]) -> bool:
    asked = (language for language in languages if language >= 0)
    if member < len(pairs):
        return all(pairs.rows[member, language] >= 0 for language in asked)
    return all(negatives.there[member - len(pairs), language] for language in asked)


def pair_hashes(pairs: ParallelPairs) -> np.ndarray:
    """Return uint64 [pairs], the hash of each pair's id with its corpus's name before it."""
    hashes = np.zeros(len(pairs), dtype=np.uint64)
    missing = np.ones(len(pairs), dtype=bool)
    for language, rows in zip(pairs.languages, pairs.rows.T, strict=True):
        if not (missing & (rows >= 0)).any():
            continue
        for corpus, members, batch in _read_members(pairs, language, rows, ["pair_id"]):
            ids = (f"{corpus}/{value}" for value in batch["pair_id"].to_pylist())
            hashes[members[members >= 0]] = text_hashes(ids, normalised=False)[members >= 0]
        missing &= rows < 0
    return hashes


def _read_members(
    pairs: ParallelPairs, language: str, rows: np.ndarray, columns: Sequence[str], *, optional: Sequence[str] = ()
) -> Iterator[tuple[str, np.ndarray, pa.RecordBatch]]:
    """Yield (corpus, int32 [rows] with the pair of each row or -1, rows) of a language's files."""
    there = np.flatnonzero(rows >= 0)
    order = there[np.argsort(rows[there], kind="stable")].astype(np.int32)
    ordered = rows[order]
    for corpus, start, batch in read_language(pairs.files, language, columns, optional=optional):
        first, last = np.searchsorted(ordered, [start, start + batch.num_rows])
        members = np.full(batch.num_rows, -1, dtype=np.int32)
        members[ordered[first:last] - start] = order[first:last]
        yield corpus, members, batch


def _read_mined(path: str | PathLike[str], hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return int32 [negatives] three times: the pair that has each, its place from 0, and the pair that it is.

    Raises:
        BatchError: the file has pairs that are not in the training set: it was mined from another one.

    """
    order = np.argsort(hashes, kind="stable").astype(np.int32)
    ordered = hashes[order]

    def look_up(ids: pa.Array) -> np.ndarray:
        wanted = text_hashes(ids.to_pylist(), normalised=False)
        places = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
        return np.where(ordered[places] == wanted, order[places], np.int32(-1))

    parts = [np.empty((3, 0), dtype=np.int32)]
    for batch in read_columns(path, ["pair_id", "negatives"]):
        lists = batch["negatives"]
        sizes = pc.list_value_length(lists).to_numpy(zero_copy_only=False)
        askers = look_up(batch["pair_id"])
        members = look_up(lists.flatten())
        if strange := int((askers < 0).sum() + (members < 0).sum()):
            raise BatchError(f"{path}: {strange} of its ids are not in the training set: delete it and rerun")
        parts.append(np.stack([np.repeat(askers, sizes), _count_up(sizes), members]).astype(np.int32))
    owners, ranks, members = np.concatenate(parts, axis=1)
    return owners, ranks, members


def _count_up(sizes: np.ndarray) -> np.ndarray:
    """Return 0, 1, … for each size, one after the other: [2, 3] gives [0, 1, 0, 1, 2]."""
    counts: np.ndarray = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return counts


@dataclass(frozen=True)
class _Column:
    """The texts of the column ``negatives``: owners, places and presence as in :class:`NegativeChoices`."""

    owners: np.ndarray
    places: np.ndarray
    there: np.ndarray
    shared: SharedKeys

    @classmethod
    def empty(cls, pairs: ParallelPairs) -> "_Column":
        none = np.empty(0, dtype=np.int32)
        return cls(none, none, np.empty((0, len(pairs.languages)), dtype=bool), pairs.shared)


def _read_column(pairs: ParallelPairs, folder: str | PathLike[str] | None) -> _Column:
    """Number the texts of the column, and find which exist and which are a pair's passage or another's text.

    Raises:
        BatchError: no corpus has the column.

    """
    sizes = _list_sizes(pairs)
    if not sizes.any():
        raise BatchError(
            f"batches.negatives asks for the column {NEGATIVES!r}, but no corpus of the training set has one: remove "
            f"{COLUMN!r} from 'from', or add a miner"
        )
    owners = np.repeat(np.arange(len(pairs), dtype=np.int32), sizes)
    there = np.zeros((len(owners), len(pairs.languages)), dtype=bool)
    collector = KeyCollector()
    with SharedTexts(folder) as seen:
        for number in range(len(pairs.languages)):
            passages, texts, there[:, number] = _column_hashes(pairs, number, np.cumsum(sizes) - sizes, len(owners))
            theirs = np.flatnonzero(pairs.rows[:, number] >= 0).astype(np.int32)
            seen.add(theirs, passages[theirs])
            mine = np.flatnonzero(there[:, number])
            seen.add((mine + len(pairs)).astype(np.int32), texts[mine])
        for members, hashes in seen.parts():
            # Only passages that are also somebody's hard negative: what pairs share among them is known already.
            new = np.isin(hashes, hashes[members >= len(pairs)])
            collector.add(members[new], hashes[new], stands_for_others=False)
    shared = collector.collect(np.ones(len(pairs) + len(owners), dtype=bool))
    return _Column(owners, _count_up(sizes).astype(np.int32), there, pairs.shared.joined(shared))


def _list_sizes(pairs: ParallelPairs) -> np.ndarray:
    """Return int32 [pairs], how long the list of each pair is, in the language where it is longest."""
    sizes = np.zeros(len(pairs), dtype=np.int32)
    for language, rows in zip(pairs.languages, pairs.rows.T, strict=True):
        for _, members, batch in _read_members(pairs, language, rows, ["pair_id"], optional=[NEGATIVES]):
            if NEGATIVES in batch.schema.names:
                known = members >= 0
                lengths = pc.list_value_length(batch[NEGATIVES]).to_numpy(zero_copy_only=False)
                sizes[members[known]] = np.maximum(sizes[members[known]], lengths[known])
    return sizes


def _column_hashes(
    pairs: ParallelPairs, number: int, first: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return, for one language, the hashes of the pairs' passages and of the column's texts, and which texts exist."""
    passages, texts = np.zeros(len(pairs), dtype=np.uint64), np.zeros(count, dtype=np.uint64)
    there = np.zeros(count, dtype=bool)
    for _, members, batch in _read_members(
        pairs, pairs.languages[number], pairs.rows[:, number], ["passage"], optional=[NEGATIVES]
    ):
        known = members >= 0
        passages[members[known]] = text_hashes(batch["passage"].to_pylist())[known]
        lists = batch[NEGATIVES] if NEGATIVES in batch.schema.names else pa.nulls(batch.num_rows)
        own = [
            (first[pair] + place, text)
            for pair, given in zip(members.tolist(), lists.to_pylist(), strict=True)
            for place, text in enumerate(given or () if pair >= 0 else ())
            if text is not None and text.strip()
        ]
        places = np.array([place for place, _ in own], dtype=np.int64)
        there[places] = True
        texts[places] = text_hashes([text for _, text in own])
    return passages, texts, there
