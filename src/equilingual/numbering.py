"""Numbers instead of texts: hashes of texts, and QA pairs numbered across languages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from os import PathLike

import numpy as np
import pyarrow as pa

from equilingual.messages import shown
from equilingual.parquet import read_columns
from equilingual.texts import normalize_text

CorpusFiles = Mapping[str, Mapping[str, str | PathLike[str]]]  # corpus to language to its canonical pairs


def group_files(
    files: Iterable[str | PathLike[str]], corpora: Sequence[str], languages: Sequence[str]
) -> dict[str, dict[str, str | PathLike[str]]]:
    """Return files by corpus and language; they come with the languages of one corpus together."""
    paths = iter(files)
    return {corpus: {language: next(paths) for language in languages} for corpus in corpora}


def text_hashes(texts: Iterable[str], *, normalised: bool = True) -> np.ndarray:
    """Return uint64 [texts], of the normalised texts or of the texts as they stand.

    Of 10 million texts, two have the same 64 bits with a probability of 3 in a million.
    """
    from xxhash import xxh3_64_intdigest

    forms = map(normalize_text, texts) if normalised else texts
    return np.fromiter((xxh3_64_intdigest(form.encode()) for form in forms), dtype=np.uint64)


class PairIndex:
    """Numbers pair ids in the order of first appearance, one language after the other.

    Attributes:
        corpus: int16 [pairs], the corpus of each.
        hashes: uint64 [pairs], the hash of each id.

    """

    def __init__(self) -> None:
        self.corpus = np.empty(0, dtype=np.int16)
        self.hashes = np.empty(0, dtype=np.uint64)
        self._order = np.empty(0, dtype=np.int32)

    def __len__(self) -> int:
        return len(self.hashes)

    def positions(self, hashes: np.ndarray, corpus: np.ndarray) -> np.ndarray:
        """Return int32 [rows]: each id's number; ids not met before get the next ones."""
        if np.array_equal(hashes, self.hashes):  # as in a corpus that has every pair in every language
            return np.arange(len(hashes), dtype=np.int32)
        found = self.look_up(hashes)
        new = np.flatnonzero(found < 0)
        if len(new):
            self.hashes = np.concatenate((self.hashes, hashes[new]))
            self.corpus = np.concatenate((self.corpus, corpus[new]))
            self._order = np.argsort(self.hashes, kind="stable").astype(np.int32)
            found = self.look_up(hashes)
        return found

    def look_up(self, hashes: np.ndarray) -> np.ndarray:
        """Return int32 [rows]: each id's number, -1 for one that was not met."""
        if not len(self._order):
            return np.full(len(hashes), -1, dtype=np.int32)
        places = np.searchsorted(self.hashes, hashes, sorter=self._order)
        found = self._order[np.minimum(places, len(self._order) - 1)]
        return np.where(self.hashes[found] == hashes, found, np.int32(-1))


def repeated(pairs: np.ndarray) -> int:
    """Return how many pair numbers are duplicates."""
    return int((np.bincount(pairs) > 1).sum()) if len(pairs) else 0


def read_language(
    files: CorpusFiles, language: str, columns: Sequence[str], *, optional: Sequence[str] = ()
) -> Iterator[tuple[str, int, pa.RecordBatch]]:
    """Yield (corpus, number of the first row, rows) of a language's files, one corpus after the other.

    Columns are those of :func:`~equilingual.parquet.read_columns`.
    """
    start = 0
    for corpus, by_language in files.items():
        for batch in read_columns(by_language[language], columns, optional=optional):
            yield corpus, start, batch
            start += batch.num_rows


def no_shared_ids(files: CorpusFiles, corpus: str, languages: Sequence[str]) -> str:
    """Return what is said where two languages of a corpus share no id, with the first ids of each."""
    one, other = (f"{language} ({_first_ids(files[corpus][language])})" for language in languages)
    advice = "give a QA pair the same pair_id in every language"
    return f"corpus {shown(corpus)}: {one} and {other} have no pair_id in common: {advice}"


def _first_ids(path: str | PathLike[str], count: int = 2) -> str:
    batches = (batch["pair_id"].to_pylist() for batch in read_columns(path, ["pair_id"]))
    ids = list(islice(chain.from_iterable(batches), count + 1))
    return ", ".join([*map(shown, ids[:count]), *("…" for _ in ids[count:])])
