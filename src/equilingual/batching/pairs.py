"""The pairs of a training set as the planner sees them: numbers instead of texts.

Memory is about 8 bytes a pair and language, and 50 a pair besides; the texts stay in their files.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from equilingual.batching.errors import BatchError
from equilingual.batching.keys import KeyCollector, SharedKeys
from equilingual.texts import normalize_text

ROWS_AT_ONCE = 16_384

CorpusFiles = Mapping[str, Mapping[str, str | PathLike[str]]]


@dataclass(frozen=True)
class ParallelPairs:
    """The QA pairs of a training set, in the order of first appearance.

    Attributes:
        languages: the training set's languages.
        corpora: the training set's corpora.
        corpus: int16 [pairs], the pair's corpus.
        rows: int32 [pairs, languages], the pair's row in the language's files, one corpus after the other; -1 where
            it is missing.
        shared: what keeps pairs apart.
        files: per corpus and language, the canonical pairs.
        left_out: how many more pairs there were, in fewer languages than asked for.

    """

    languages: Sequence[str]
    corpora: Sequence[str]
    corpus: np.ndarray
    rows: np.ndarray
    shared: SharedKeys
    files: CorpusFiles
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def available(self) -> np.ndarray:
        """Bool [pairs, languages], whether the pair exists in the language."""
        return self.rows >= 0


def load_pairs(files: CorpusFiles, languages: Sequence[str], min_languages: int | None = None) -> ParallelPairs:
    """Load a training set.

    Args:
        files: corpus name to language to a Parquet file of canonical pairs.
        languages: in the order of the columns of the result.
        min_languages: pairs that are there in fewer are left out; ``None`` asks for all.

    Raises:
        BatchError: an id stands twice in one file.

    """
    index = _PairIndex()
    collector = KeyCollector()
    rows = np.empty((0, len(languages)), dtype=np.int32)
    passage_ids = np.empty(0, dtype=np.uint64)
    for number, language in enumerate(languages):
        hashes, corpus = read_hashes(files, language)
        pairs = index.positions(hashes.pop("pair_id"), corpus)
        _check_distinct(pairs, files, language)
        if len(index) > len(rows):
            rows = _grown(rows, len(index), -1)
            # A passage's id is the same in every language: that of the first which has the pair is taken.
            known, passage_ids = len(passage_ids), _grown(passage_ids, len(index), 0)
            new = pairs >= known
            passage_ids[pairs[new]] = hashes["passage_id"][new]
        rows[pairs, number] = np.arange(len(pairs), dtype=np.int32)
        if number == 0:
            collector.add(pairs, hashes["passage_id"], stands_for_others=True)
        for name in ("passage", "question"):
            collector.add(pairs, hashes.pop(name), stands_for_others=number == 0)
    if len(rows) and (rows[-1, 0] < 0):  # there are pairs that the first language has not
        collector.add(np.arange(len(rows), dtype=np.int32), passage_ids, stands_for_others=False)
    # Keys are found before pairs are left out: the same pairs are kept apart whatever is asked for.
    kept = (rows >= 0).sum(axis=1) >= (len(languages) if min_languages is None else min_languages)
    shared = collector.collect(kept)
    if kept.all():
        return ParallelPairs(languages, list(files), index.corpus, rows, shared, files)
    left_out = int((~kept).sum())
    return ParallelPairs(languages, list(files), index.corpus[kept], rows[kept], shared, files, left_out)


def _grown(array: np.ndarray, length: int, value: int) -> np.ndarray:
    more = np.full((length - len(array), *array.shape[1:]), value, dtype=array.dtype)
    return np.concatenate((array, more)) if len(array) else more


class _PairIndex:
    """Numbers pair ids in the order of first appearance, one language after the other."""

    def __init__(self) -> None:
        self.corpus = np.empty(0, dtype=np.int16)
        self._hashes = np.empty(0, dtype=np.uint64)
        self._order = np.empty(0, dtype=np.int32)

    def __len__(self) -> int:
        return len(self._hashes)

    def positions(self, hashes: np.ndarray, corpus: np.ndarray) -> np.ndarray:
        """Return int32 [rows]: each id's number; ids not met before get the next ones."""
        if np.array_equal(hashes, self._hashes):  # as in a corpus that has every pair in every language
            return np.arange(len(hashes), dtype=np.int32)
        found = self._look_up(hashes)
        new = np.flatnonzero(found < 0)
        if len(new):
            self._hashes = np.concatenate((self._hashes, hashes[new]))
            self.corpus = np.concatenate((self.corpus, corpus[new]))
            self._order = np.argsort(self._hashes, kind="stable").astype(np.int32)
            found = self._look_up(hashes)
        return found

    def _look_up(self, hashes: np.ndarray) -> np.ndarray:
        if not len(self._order):
            return np.full(len(hashes), -1, dtype=np.int32)
        places = np.searchsorted(self._hashes, hashes, sorter=self._order)
        found = self._order[np.minimum(places, len(self._order) - 1)]
        return np.where(self._hashes[found] == hashes, found, np.int32(-1))


def _check_distinct(pairs: np.ndarray, files: CorpusFiles, language: str) -> None:
    counts = np.bincount(pairs)
    if len(pairs) and counts.max() > 1:
        where = ", ".join(str(by_language[language]) for by_language in files.values())
        twice = int((counts > 1).sum())
        raise BatchError(f"{where}: {twice} pair ids stand more than once: a pair has one row in a language")


def read_hashes(files: CorpusFiles, language: str) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Read a language of all corpora.

    Return uint64 [rows] for each column that makes a key, and int16 [rows], the corpus.

    Of 10 million ids, two have the same 64 bits with a probability of 3 in a million.
    """
    total = sum(pq.read_metadata(by_language[language]).num_rows for by_language in files.values())
    names = ("pair_id", "passage_id", "passage", "question")
    hashes = {name: np.empty(total, dtype=np.uint64) for name in names}
    corpora = np.empty(total, dtype=np.int16)
    numbers = {corpus: number for number, corpus in enumerate(files)}
    for corpus, start, batch in read_language(files, language, names):
        here = slice(start, start + batch.num_rows)
        for name in ("pair_id", "passage_id"):  # ids are a corpus's own
            hashes[name][here] = text_hashes(
                (f"{corpus}/{value}" for value in batch[name].to_pylist()), normalised=False
            )
        for name in ("passage", "question"):
            hashes[name][here] = text_hashes(batch[name].to_pylist())
        corpora[here] = numbers[corpus]
    return hashes, corpora


def text_hashes(texts: Iterable[str], *, normalised: bool = True) -> np.ndarray:
    """Return uint64 [texts], of the normalised texts or of the texts as they stand."""
    from xxhash import xxh3_64_intdigest

    forms = map(normalize_text, texts) if normalised else texts
    return np.fromiter((xxh3_64_intdigest(form.encode()) for form in forms), dtype=np.uint64)


def read_language(
    files: CorpusFiles, language: str, columns: Sequence[str]
) -> Iterator[tuple[str, int, pa.RecordBatch]]:
    """Yield (corpus, number of the first row, rows) of a language's files, one corpus after the other."""
    start = 0
    for corpus, by_language in files.items():
        for batch in read_columns(by_language[language], columns):
            yield corpus, start, batch
            start += batch.num_rows


def read_columns(path: str | PathLike[str], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield some columns of a Parquet file, in order, :data:`ROWS_AT_ONCE` rows at a time."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        yield from file.iter_batches(ROWS_AT_ONCE, columns=list(columns), use_threads=False)
