"""The distinct passages of a training set in one language, and which of them are no negatives of which pair."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from equilingual.batching.keys import SharedKeys
from equilingual.batching.pairs import ParallelPairs
from equilingual.numbering import text_hashes
from equilingual.parquet import read_columns


@dataclass(frozen=True)
class Candidates:
    """The distinct passages of a training set in one language, in the order of its files.

    Passages of one ``passage_id`` or of one normalised text are one candidate, and what follows from that: if A and B
    have one id, and B and C one text, the three are one. Its text is that of its first pair.

    Attributes:
        number: the language, among the training set's.
        pairs: int32 [rows], the pair of each row of the language's files; -1 for one that is left out.
        own: int32 [pairs], the candidate that is the pair's own passage; -1 where the pair is missing in the language.
        first: int32 [candidates], each candidate's first pair, which stands for it.
        keys: of each candidate, those of all its pairs: a question that any of them answers is answered by it.

    """

    number: int
    pairs: np.ndarray
    own: np.ndarray
    first: np.ndarray
    keys: SharedKeys

    def __len__(self) -> int:
        return len(self.first)


def collect_candidates(pairs: ParallelPairs, number: int) -> Candidates:
    """Collect the candidates of a language, by its number; memory is about 50 bytes a row of the language's files."""
    hashes, texts = _passage_hashes(pairs, number)
    owner = np.full(len(hashes), -1, dtype=np.int32)
    there = np.flatnonzero(pairs.available[:, number])
    owner[pairs.rows[there, number]] = there
    kept = np.flatnonzero(owner >= 0)
    members = owner[kept]
    firsts = first_of_group(hashes[kept], texts[kept])
    heads = np.flatnonzero(firsts == np.arange(len(firsts)))
    candidates = np.searchsorted(heads, firsts).astype(np.int32)
    own = np.full(len(pairs), -1, dtype=np.int32)
    own[members] = candidates
    return Candidates(number, owner, own, members[heads], _joined_keys(pairs.shared, members, candidates, len(heads)))


def _passage_hashes(pairs: ParallelPairs, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return uint64 [rows] twice: of the passages' ids, with their corpus, and of their normalised texts."""
    ids, texts = [], []
    for corpus in pairs.corpora:
        for batch in read_columns(pairs.files[corpus][pairs.languages[number]], ["passage_id", "passage"]):
            own = (f"{corpus}/{value}" for value in batch["passage_id"].to_pylist())
            ids.append(text_hashes(own, normalised=False))
            texts.append(text_hashes(batch["passage"].to_pylist()))
    nothing = np.empty(0, dtype=np.uint64)
    return np.concatenate([nothing, *ids]), np.concatenate([nothing, *texts])


def first_of_group(*kinds: np.ndarray) -> np.ndarray:
    """Return int32 [rows]: the first row of each row's group.

    Two rows are of one group if they are equal in any of ``kinds``, each [rows], or a third is of the group of both.
    """
    firsts = np.arange(len(kinds[0]), dtype=np.int32)
    groups = [np.unique(kind, return_inverse=True)[1].astype(np.int32) for kind in kinds]
    while True:
        before = firsts
        for group in groups:
            least = np.full(int(group.max(initial=-1)) + 1, len(firsts), dtype=np.int32)
            np.minimum.at(least, group, firsts)
            firsts = least[group]
        if np.array_equal(before, firsts):
            return firsts


def _joined_keys(shared: SharedKeys, pairs: np.ndarray, candidates: np.ndarray, count: int) -> SharedKeys:
    """Return the keys of each candidate: those of its pairs, each once."""
    counts = shared.offsets[pairs + 1] - shared.offsets[pairs]
    span = _span(shared)
    codes = np.unique(np.repeat(candidates, counts).astype(np.int64) * span + shared.of_all(pairs))
    offsets = np.concatenate(([0], np.cumsum(np.bincount(codes // span, minlength=count))))
    return SharedKeys(offsets, (codes % span).astype(np.int32))


def _span(shared: SharedKeys) -> int:
    return int(shared.keys.max(initial=0)) + 1


def share_a_key(candidates: Candidates, shared: SharedKeys, pairs: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return whether a candidate shares a key with a pair, bool as ``found``.

    Args:
        candidates: of the training set.
        shared: the keys of the training set's pairs.
        pairs: [questions].
        found: [questions, depth], the candidates found for each; -1 for none.

    """
    rows, columns = np.nonzero(found >= 0)
    places = found[rows, columns]
    entries = np.repeat(np.arange(len(places)), candidates.keys.offsets[places + 1] - candidates.keys.offsets[places])
    span = _span(shared)
    theirs = rows[entries] * span + candidates.keys.of_all(places)
    counts = shared.offsets[pairs + 1] - shared.offsets[pairs]
    ours = np.repeat(np.arange(len(pairs)), counts) * span + shared.of_all(pairs)
    hits = entries[np.isin(theirs, ours)]
    result = np.zeros(found.shape, dtype=bool)
    result[rows[hits], columns[hits]] = True
    return result


def read_texts(
    pairs: ParallelPairs, number: int, column: str, wanted: np.ndarray
) -> Iterator[tuple[np.ndarray, list[str]]]:
    """Yield (rows, texts) of a language, in the order of its files, a part at a time.

    Args:
        pairs: the training set.
        number: the language, among its languages.
        column: ``question`` or ``passage``.
        wanted: bool [rows] of the language's files, one corpus after the other.

    """
    start = 0
    for corpus in pairs.corpora:
        for batch in read_columns(pairs.files[corpus][pairs.languages[number]], [column]):
            here = np.flatnonzero(wanted[start : start + batch.num_rows])
            if len(here):
                yield here + start, batch[column].take(here).to_pylist()
            start += batch.num_rows
