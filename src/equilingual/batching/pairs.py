"""The pairs of a training set as the planner sees them: numbers instead of texts.

Memory is about 8 bytes a pair and language, and 50 a pair besides; the texts stay in their files.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from os import PathLike
from pathlib import Path

import numpy as np
import pyarrow as pa

from equilingual.batching.errors import BatchError
from equilingual.batching.keys import KeyCollector, SharedKeys, SharedTexts
from equilingual.batching.subset import draw_pairs, draw_questions
from equilingual.numbering import CorpusFiles, PairIndex, no_shared_ids, read_language, repeated, text_hashes
from equilingual.parquet import read_columns, read_footer
from equilingual.training_sets import TrainingSetFiles

logger = logging.getLogger(__name__)


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
        duplicates_left_out: and how many more that are listed as duplicates.
        not_drawn: and how many more of which only a part was asked for.

    """

    languages: Sequence[str]
    corpora: Sequence[str]
    corpus: np.ndarray
    rows: np.ndarray
    shared: SharedKeys
    files: CorpusFiles
    left_out: int = 0
    duplicates_left_out: int = 0
    not_drawn: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def available(self) -> np.ndarray:
        """Bool [pairs, languages], whether the pair exists in the language."""
        return self.rows >= 0

    @cached_property
    def language_sets(self) -> tuple[np.ndarray, np.ndarray]:
        """The sets of languages that pairs have, bool [sets, languages], and which each pair has, int32 [pairs]."""
        packed, number = np.unique(np.packbits(self.available, axis=1), axis=0, return_inverse=True)
        sets = np.unpackbits(packed, axis=1, count=len(self.languages)).astype(bool)
        return sets, number.ravel().astype(np.int32)

    @cached_property
    def together(self) -> np.ndarray:
        """Bool [corpora, languages, languages], whether some pair of the corpus has both."""
        sets, number = self.language_sets
        places = self.corpus.astype(np.int64) * len(sets) + number
        there = np.bincount(places, minlength=len(self.corpora) * len(sets)).reshape(len(self.corpora), len(sets)) > 0
        both = sets[:, :, None] & sets[:, None, :]
        return np.array([both[has].any(axis=0) for has in there])

    def read(
        self, number: int, columns: Sequence[str], *, optional: Sequence[str] = ()
    ) -> Iterator[tuple[str, int, pa.RecordBatch]]:
        """Yield (corpus, number of the first row, rows) of a language, by its number."""
        return read_language(self.files, self.languages[number], columns, optional=optional)

    def fitting(self, asked: np.ndarray) -> np.ndarray:
        """Return int64 [corpora]: how many pairs have both languages of some cell of bool [languages, languages]."""
        sets, number = self.language_sets
        fit = (sets[:, :, None] & sets[:, None, :] & asked).any(axis=(1, 2))
        return np.bincount(self.corpus[fit[number]], minlength=len(self.corpora))

    def apart(self) -> str | None:
        """Return which two languages of a corpus have pairs, but none under the same id; ``None``: there are no two."""
        if not self.files:
            return None
        problems = (
            _apart(self.files, corpus, self.languages, self.available[self.corpus == number])
            for number, corpus in enumerate(self.corpora)
        )
        return next(filter(None, problems), None)


def load_pairs(training_set: TrainingSetFiles, folder: str | PathLike[str] | None = None) -> ParallelPairs:
    """Load a training set.

    Args:
        training_set: its files, and which of their pairs are used.
        folder: where the scratch files lie, 24 bytes a pair and language, made where it is missing; ``None``: the
            system's for temporary files.

    Raises:
        BatchError: one file has an id twice, no pair exists in as many languages as asked for, the list has a pair
            that is not in the corpora, or there are fewer pairs than are to be drawn.

    """
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)
    files, languages = training_set.files, training_set.languages
    index = PairIndex()
    rows, questions, collector = _number_pairs(files, languages, index, folder)
    # Keys are found before pairs are left out: the same pairs are kept apart whatever is asked for.
    asked = len(languages) if training_set.min_languages is None else training_set.min_languages
    kept = (rows >= 0).sum(axis=1) >= asked
    left_out = int((~kept).sum())
    _check_kept(files, languages, asked, index.corpus, rows, kept)
    listed = _listed(training_set.duplicates, index)
    duplicates_left_out = int(kept[listed].sum())
    kept[listed] = False
    before = int(kept.sum())
    if training_set.pairs is not None:
        kept = draw_pairs(index.hashes, kept, training_set.pairs)
    if training_set.questions is not None:
        kept = draw_questions(index.hashes, kept, training_set.questions, questions)
    not_drawn = before - int(kept.sum())
    shared = collector.collect(kept)
    if kept.all():
        return ParallelPairs(languages, list(files), index.corpus, rows, shared, files)
    corpus, rows = index.corpus[kept], rows[kept]
    return ParallelPairs(languages, list(files), corpus, rows, shared, files, left_out, duplicates_left_out, not_drawn)


def _check_kept(
    files: CorpusFiles, languages: Sequence[str], asked: int, corpus: np.ndarray, rows: np.ndarray, kept: np.ndarray
) -> None:
    """Raise where no pair is in as many languages as asked for; warn where none of one corpus is."""
    for number, name in enumerate(files):
        own = corpus == number
        if not own.any() or kept[own].any():
            continue
        problem = _apart(files, name, languages, rows[own] >= 0) or (
            f"corpus {name!r}: no QA pair exists in {asked} of {', '.join(languages)}: lower the training set's "
            "'min_languages', or add the missing languages"
        )
        if not kept.any():
            raise BatchError(problem)
        logger.warning("%s; none of its %d pairs is used", problem, own.sum())


def _apart(files: CorpusFiles, corpus: str, languages: Sequence[str], available: np.ndarray) -> str | None:
    """Return which two languages of a corpus share no id, though both have pairs: bool [pairs, languages]."""
    for a, b in combinations(np.flatnonzero(available.any(axis=0)).tolist(), 2):
        if not (available[:, a] & available[:, b]).any():
            return no_shared_ids(files, corpus, [languages[a], languages[b]])
    return None


def _number_pairs(
    files: CorpusFiles, languages: Sequence[str], index: PairIndex, folder: str | PathLike[str] | None
) -> tuple[np.ndarray, np.ndarray, KeyCollector]:
    """Return the rows of all pairs, as in :class:`ParallelPairs`, hashes of their questions, and their keys."""
    collector = KeyCollector()
    rows = np.empty((0, len(languages)), dtype=np.int32)
    passage_ids, questions = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint64)
    with ExitStack() as stack:
        texts = {name: stack.enter_context(SharedTexts(folder)) for name in ("passage", "question")}
        for number, language in enumerate(languages):
            hashes, corpus = read_hashes(files, language)
            pairs = index.positions(hashes.pop("pair_id"), corpus)
            _check_distinct(pairs, files, language)
            if len(index) > len(rows):
                rows = _grown(rows, len(index), -1)
                # A passage's id is the same in every language: that of the first which has the pair is taken. So is
                # the question's text: pairs of one question have one in every language.
                known, passage_ids = len(passage_ids), _grown(passage_ids, len(index), 0)
                questions = _grown(questions, len(index), 0)
                new = pairs >= known
                passage_ids[pairs[new]] = hashes["passage_id"][new]
                questions[pairs[new]] = hashes["question"][new]
            rows[pairs, number] = np.arange(len(pairs), dtype=np.int32)
            if number == 0:
                collector.add(pairs, hashes["passage_id"], stands_for_others=True)
            for name, seen in texts.items():
                own = hashes.pop(name)
                if number == 0:
                    collector.add(pairs, own, stands_for_others=True)
                if len(languages) > 1:
                    seen.add(pairs, own)
        for seen in texts.values():
            for members, shared in seen.parts():
                collector.add(members, shared, stands_for_others=False)
    if len(rows) and (rows[-1, 0] < 0):  # pairs are missing in the first language
        collector.add(np.arange(len(rows), dtype=np.int32), passage_ids, stands_for_others=False)
    return rows, questions, collector


def duplicate_hashes(duplicates: str | PathLike[str] | None) -> np.ndarray:
    """Return uint64 [listed], the hashes of the pair ids that ``find_duplicates`` lists; none without a list."""
    if duplicates is None:
        return np.empty(0, dtype=np.uint64)
    parts = [
        text_hashes(batch["pair_id"].to_pylist(), normalised=False) for batch in read_columns(duplicates, ["pair_id"])
    ]
    return np.concatenate([np.empty(0, dtype=np.uint64), *parts])


def _listed(duplicates: str | PathLike[str] | None, index: PairIndex) -> np.ndarray:
    """Return the listed pairs' numbers."""
    pairs = index.look_up(duplicate_hashes(duplicates))
    if (pairs < 0).any():
        strange = int((pairs < 0).sum())
        raise BatchError(f"{duplicates}: {strange} of its pairs are not in the corpora: delete it and rerun")
    return pairs


def _grown(array: np.ndarray, length: int, value: int) -> np.ndarray:
    more = np.full((length - len(array), *array.shape[1:]), value, dtype=array.dtype)
    return np.concatenate((array, more)) if len(array) else more


def _check_distinct(pairs: np.ndarray, files: CorpusFiles, language: str) -> None:
    if twice := repeated(pairs):
        where = ", ".join(str(by_language[language]) for by_language in files.values())
        raise BatchError(f"{where}: {twice} pair ids are duplicates: a pair has one row per language")


def read_hashes(files: CorpusFiles, language: str) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Read a language of all corpora.

    Return uint64 [rows] for each column that makes a key, and int16 [rows], the corpus.
    """
    total = sum(read_footer(by_language[language]).num_rows for by_language in files.values())
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
