"""Parallel sentences as the planner sees them, and bitext batches: every row is one sentence in two languages.

A sentence is planned as a QA pair is whose question and passage are its text: it exists in some languages, and shares a
key with each sentence that has the same text in whatever language. Memory is about 4 bytes a sentence and language, and
50 a sentence besides; the texts stay in their files.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np
import pyarrow as pa

from equilingual.batching.alpha import sampling_weights
from equilingual.batching.errors import BatchError
from equilingual.batching.keys import KeyCollector, SharedTexts
from equilingual.batching.pairs import ParallelPairs
from equilingual.batching.plans import BITEXT, MODES, Draws, Plan, count_that_may_meet
from equilingual.bitext_files import ID, BitextFiles
from equilingual.config.batch_settings import BatchSettings, BitextBatches
from equilingual.numbering import text_hashes
from equilingual.parquet import column_names, read_columns, read_footer
from equilingual.seeding import generator

_ODD = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: spreads the bits of a product


@dataclass(frozen=True)
class Sentences(ParallelPairs):
    """The sentences of some bitext corpora, in the order of their rows.

    Attributes:
        tables: by corpus, the table of its sentences; ``rows`` are rows of these, one table after the other.
        overlapping: how many more sentences there were that a benchmark has; ``duplicates_left_out`` counts those that
            are the same in every language as one before.

    """

    tables: BitextFiles = field(default_factory=lambda: BitextFiles({}, {}))
    overlapping: int = 0

    def read(
        self, number: int, columns: Sequence[str], *, optional: Sequence[str] = ()
    ) -> Iterator[tuple[str, int, pa.RecordBatch]]:
        """Yield (corpus, number of the first row, rows) of a language; a sentence is its question and its passage."""
        start = 0
        for corpus, path in self.tables.sentences.items():
            language = self.languages[number]
            if language not in column_names(path):
                start += read_footer(path).num_rows
                continue
            for batch in read_columns(path, [ID, language]):
                named = {"pair_id": batch[ID], "passage_id": batch[ID]}
                named |= {"question": batch[language], "passage": batch[language]}
                yield corpus, start, pa.record_batch([named[name] for name in columns], names=list(columns))
                start += batch.num_rows

    def text_bytes(self) -> float:
        """Return about how many bytes the two texts and ids of one row of a batch are."""
        size = 0
        for path in self.tables.sentences.values():
            metadata = read_footer(path)
            groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
            columns = (group.column(number) for group in groups for number in range(group.num_columns))
            size += sum(column.total_uncompressed_size for column in columns)
        return 2 * size / max(int(self.available.sum()), 1)


def load_sentences(files: BitextFiles, folder: str | PathLike[str]) -> Sentences:
    """Load the sentences of some corpora.

    Args:
        files: their tables, and what is left out.
        folder: where the scratch files lie, made where it is missing.

    Raises:
        BatchError: no sentence is left in two languages.

    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    sizes = [read_footer(path).num_rows for path in files.sentences.values()]
    columns = [column_names(path)[1:] for path in files.sentences.values()]
    languages = list(dict.fromkeys(tag for own in columns for tag in own))
    rows = np.full((sum(sizes), len(languages)), -1, dtype=np.int32)
    corpus = np.repeat(np.arange(len(sizes)), sizes).astype(np.int16)
    whole = np.zeros(len(rows), dtype=np.uint64)  # a hash of a sentence's texts in all languages
    collector = KeyCollector()
    with SharedTexts(folder) as texts:
        for number, language in enumerate(languages):
            for places, hashes in read_texts(files, language):
                rows[places, number] = places
                whole[places] += _scattered(hashes, number)
                texts.add(places.astype(np.int32), hashes)
        for members, shared in texts.parts():
            collector.add(members, shared, stands_for_others=False)
    listed = _listed(files, sizes)
    kept = (rows >= 0).sum(axis=1) > 1
    overlapping = int(kept[listed].sum())
    kept[listed] = False
    repeated = _repeated(whole, kept)
    kept[repeated] = False
    if not kept.any():
        raise BatchError(f"batches.bitext: {', '.join(files.sentences)} has no sentence in two languages")
    left = Sentences(
        languages,
        list(files.sentences),
        corpus[kept],
        rows[kept],
        collector.collect(kept),
        {},
        duplicates_left_out=len(repeated),
        tables=files,
        overlapping=overlapping,
    )
    return left


def read_texts(files: BitextFiles, language: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (int64 rows, uint64 hashes of the normalised texts) of the sentences that have a language."""
    start = 0
    for path in files.sentences.values():
        if language not in column_names(path):
            start += read_footer(path).num_rows
            continue
        for batch in read_columns(path, [language]):
            there = np.flatnonzero(np.asarray(batch[language].is_valid()))
            yield start + there, text_hashes(batch[language].drop_null().to_pylist())
            start += batch.num_rows


def _scattered(hashes: np.ndarray, language: int) -> np.ndarray:
    """Return uint64: hashes of a text and its language, whose sums tell sets of texts apart."""
    factor = np.uint64(_ODD * (2 * language + 1) % 2**64)
    mixed = (hashes ^ (hashes >> np.uint64(31))) * factor
    scattered: np.ndarray = mixed ^ (mixed >> np.uint64(29))
    return scattered


def _listed(files: BitextFiles, sizes: Sequence[int]) -> np.ndarray:
    """Return int64, the rows that ``check_bitext`` lists."""
    starts = np.cumsum([0, *sizes])
    parts = [
        start + np.asarray(batch["row"])
        for start, path in zip(starts, files.overlaps.values(), strict=False)
        for batch in read_columns(path, ["row"])
    ]
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])


def _repeated(whole: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return int64, the kept rows that are the same in every language as a kept row before them."""
    places = np.flatnonzero(kept)
    order = np.argsort(whole[places], kind="stable")
    again = np.insert(whole[places][order][1:] == whole[places][order][:-1], 0, False) if len(places) else order
    return places[order[again]]


def bitext_places(asked: BitextBatches | None, batches: int, seed: int) -> np.ndarray:
    """Return bool [batches], which batches are bitext: with probability ``share`` each, from a stream of their own."""
    if asked is None:
        return np.zeros(batches, dtype=bool)
    chosen: np.ndarray = generator(seed, "bitext", "batches").random(batches) < asked.share
    return chosen


def language_pairs(sentences: Sentences, settings: BatchSettings) -> np.ndarray:
    """Return float64 [languages, languages], the probability of every ordered pair of languages of a row.

    It is in proportion to the product of the two weights, and 0 where too few sentences that may meet have both.
    """
    asked = settings.bitext_on
    assert asked is not None
    sampling = asked.languages or settings.languages
    weights = sampling_weights(sampling, sentences.languages, sentences.available.sum(axis=0))
    products = np.outer(weights, weights) if weights is not None else np.ones(2 * (len(sentences.languages),))
    enough = np.zeros(products.shape, dtype=bool)
    sets, number = sentences.language_sets
    times = np.bincount(number, minlength=len(sets))
    together = sets.T.astype(np.int64) @ (sets * times[:, None])
    for a, b in zip(*np.triu_indices(len(products), 1), strict=True):
        if products[a, b] and together[a, b] >= settings.batch_size:
            both = np.flatnonzero((sets[:, a] & sets[:, b])[number])
            found = count_that_may_meet(sentences, both, settings.batch_size)
            enough[a, b] = enough[b, a] = found == settings.batch_size
    shares: np.ndarray = (products * enough).astype(np.float64)
    if not shares.any():
        raise BatchError(
            f"batches.bitext: no two of {', '.join(sentences.languages)} have {settings.batch_size} sentences in "
            "common that can share a batch: add bitext or lower batches.batch_size"
        )
    shares /= shares.sum()
    return shares


def plan_bitext(sentences: Sentences, settings: BatchSettings, batches: int, seed: int) -> Plan:
    """Plan bitext batches: two different languages in every row, no two sentences of a batch with a text in common.

    Raises:
        BatchError: there are too few sentences for the batch size.

    """
    shares = language_pairs(sentences, settings)
    rng = generator(seed, "bitext", "languages")
    shape = (batches, settings.batch_size)
    drawn = rng.choice(shares.size, size=shape, p=shares.ravel())
    queries, passages = (side.astype(np.int16) for side in np.divmod(drawn, len(sentences.languages)))
    order = generator(seed, "bitext", "order of sentences")
    draws = Draws(sentences, batches=batches, batch_size=settings.batch_size, rng=rng, order=order)
    try:
        chosen = draws.fill(queries, passages)
    except BatchError as error:
        raise BatchError(f"batches.bitext: {error}") from error
    modes = np.full(batches, MODES.index(BITEXT), dtype=np.int8)
    return Plan(modes, chosen, queries, passages, np.zeros(batches), {BITEXT: shares})
