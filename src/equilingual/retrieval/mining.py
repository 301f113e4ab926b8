"""Hard negatives: the stage ``mine_negatives``.

in:  the canonical pairs of a training set, and an encoder's directory where it is the miner
out: ``results/negatives/{training_set}/{miner}.parquet`` with the columns of :data:`NEGATIVES_SCHEMA`, a row for each
     pair that batches can use, in the training set's order; and ``{miner}.json``, what was found and dropped

A hard negative is another pair of the training set, so that its passage exists in every language. The candidates are
the distinct passages, in one language. Those are dropped that share a key with the pair (of one ``passage_id``, or
equal to it in any language: a translation of the answer is no negative), or score above a share of the pair's own
passage: TopK-PercPos of NV-Retriever, arXiv:2407.15831, which found 95% the best.
"""

import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equilingual.batching.pairs import ParallelPairs, load_pairs
from equilingual.catalogues.mining import MINERS
from equilingual.config.encoding import EncodingSettings
from equilingual.config.mining import Mining
from equilingual.devices import compute_device
from equilingual.encoders.jobs import maker_of
from equilingual.encoders.parts import KeptVectors
from equilingual.encoders.precision import open_encoder, settle_precision
from equilingual.files import replacing, write_json
from equilingual.parquet import ParquetWriter, read_columns
from equilingual.provenance import as_metadata, installed_versions
from equilingual.retrieval import pools
from equilingual.retrieval.candidates import Candidates, collect_candidates, read_texts, share_a_key
from equilingual.retrieval.pools import EncoderPool, Found, Pool
from equilingual.training_sets import TrainingSetFiles

logger = logging.getLogger(__name__)

# pair_id and negatives are "corpus/pair_id", as in the batches' shards; negatives are best first.
NEGATIVES_SCHEMA = pa.schema(
    [("pair_id", pa.string()), ("negatives", pa.list_(pa.string())), ("scores", pa.list_(pa.float32()))]
)
ROWS_AT_ONCE = 16_384
QUESTIONS_AT_ONCE = 1024  # whose candidates' keys are compared at once

OpenPool = Callable[[Iterable[Sequence[str]], str], Pool]


def mine_negatives(
    *,
    training_set: TrainingSetFiles,
    language: str,
    miner: str,
    settings: Mining,
    encoder: str | PathLike[str] | None = None,
    encoding: EncodingSettings | None = None,
    threads: int,
    work: str | PathLike[str],
    negatives_out: str | PathLike[str],
    counts_out: str | PathLike[str],
) -> None:
    """Mine the hard negatives of a training set.

    Args:
        training_set: its files, and which of their pairs are used.
        language: the language to search questions among passages in; a pair that is missing in it is mined in the
            first of the training set's languages that has it, among that language's passages.
        miner: one of :data:`~equilingual.catalogues.mining.MINERS`, or the name of the encoder.
        settings: which candidates are negatives; its own ``language`` is not read.
        encoder: its directory; ``None`` for a miner that is none.
        encoding: how it encodes; ``None`` for a miner that is none.
        threads: of the search.
        work: a folder of this job alone; it keeps an encoder's vectors if the job is killed, and is removed at the end.
        negatives_out: a Parquet file.
        counts_out: a JSON file.

    The same arguments and versions give the same bytes on a CPU; ties go by the order of the candidates. Memory: the id
    of each pair and 8 bytes for each negative that it may keep, and BM25's index (2.5 GB per million passages of 60
    words while it is built, 0.4 GB then). An encoder's vectors of passages are in a file beside ``negatives_out``,
    and, with those of questions, in ``work``: 4 bytes × dimensions each.

    Raises:
        EncoderError: the encoder cannot be used in this precision, or gives a vector that is not finite.

    """
    folder = Path(negatives_out).parent
    pairs = load_pairs(training_set, folder)
    mined = _Mined(pairs, settings)
    about = {"training_set": training_set.name, "miner": miner, "language": language}
    with _open_pools(miner, encoder, encoding, threads, (folder, Path(work))) as (open_pool, precision):
        _mine(pairs, language, open_pool, mined)
        about |= {"precision": precision} if precision else {}
    versions = installed_versions("bm25s", "faiss-cpu", "numpy", "sentence-transformers", "torch")
    _write_negatives(pairs, mined, about, versions, negatives_out)
    write_json(about | mined.summary() | {"versions": versions}, counts_out)
    shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _open_pools(
    miner: str,
    encoder: str | PathLike[str] | None,
    encoding: EncodingSettings | None,
    threads: int,
    folders: tuple[Path, Path],
) -> Iterator[tuple[OpenPool, str | None]]:
    """Yield the function that opens a pool of passages in a language, and the precision of an encoder's vectors.

    The folders are those of an encoder's vectors: of the pool's file, and of what outlives a killed job.
    """
    if encoder is None or encoding is None:
        pool = getattr(pools, MINERS[miner].pool)
        yield lambda passages, language: pool(passages, language=language, threads=threads), None
        return
    with compute_device(threads) as device:
        encoding = settle_precision(encoding, device)
        model = open_encoder(encoder, device=device, precision=encoding.precision)
        folder, work = folders
        kept = KeptVectors(work, maker_of(encoder, encoding, model, threads))
        given: dict[str, Any] = {"encoder": model, "encoding": encoding, "threads": threads}
        given |= {"folder": folder, "kept": kept}
        yield lambda passages, _: EncoderPool(passages, **given), encoding.precision


def _mine(pairs: ParallelPairs, language: str, open_pool: OpenPool, mined: "_Mined") -> None:
    """Mine every pair in one language: in ``language``, or in the first one that has it."""
    order = sorted(range(len(pairs.languages)), key=lambda number: pairs.languages[number] != language)
    open_ = np.ones(len(pairs), dtype=bool)
    for number in order:
        asked = open_ & pairs.available[:, number]
        if asked.any():
            _mine_in(pairs, number, asked, open_pool, mined)
            open_ &= ~asked


def _mine_in(pairs: ParallelPairs, number: int, asked: np.ndarray, open_pool: OpenPool, mined: "_Mined") -> None:
    """Mine the pairs that are asked for, bool [pairs], in one language."""
    language = pairs.languages[number]
    candidates = collect_candidates(pairs, number)
    heads = np.zeros(len(candidates.pairs), dtype=bool)
    heads[pairs.rows[candidates.first, number]] = True
    pool = open_pool((texts for _, texts in read_texts(pairs, number, "passage", heads)), language)
    logger.info("%s: %d pairs, %d candidates", language, asked.sum(), len(candidates))
    mined.languages[language] = {"pairs": int(asked.sum()), "candidates": len(candidates)}
    wanted = (candidates.pairs >= 0) & asked[candidates.pairs]
    for rows, questions in read_texts(pairs, number, "question", wanted):
        askers = candidates.pairs[rows]
        # One more than looked at: the own passage is usually among them.
        found = pool.search(questions, candidates.own[askers], min(mined.settings.depth + 1, len(candidates)))
        for start in range(0, len(askers), QUESTIONS_AT_ONCE):
            part = slice(start, start + QUESTIONS_AT_ONCE)
            mined.add(candidates, askers[part], Found(found.places[part], found.scores[part], found.own[part]))


class _Mined:
    """The negatives of every pair, and what was dropped.

    Attributes:
        settings: which candidates are negatives.
        negatives: int32 [pairs, keep], pairs, best first; -1 where there are no more.
        scores: float32 [pairs, keep].
        own: float32 [pairs], of the pairs' own passages.
        languages: the pairs and candidates of each language that was mined in.

    """

    def __init__(self, pairs: ParallelPairs, settings: Mining) -> None:
        self._pairs = pairs
        self.settings = settings
        self.negatives = np.full((len(pairs), settings.keep), -1, dtype=np.int32)
        self.scores = np.zeros((len(pairs), settings.keep), dtype=np.float32)
        self.own = np.zeros(len(pairs), dtype=np.float32)
        self.languages: dict[str, dict[str, int]] = {}
        self._counts: Counter[str] = Counter()

    def add(self, candidates: Candidates, askers: np.ndarray, found: Found) -> None:
        """Choose the negatives of some pairs, ``askers``, from what was found for them."""
        looked_at = (found.places >= 0) & (found.places != candidates.own[askers][:, None])
        looked_at &= np.cumsum(looked_at, axis=1) <= self.settings.depth
        shared = looked_at & share_a_key(candidates, self._pairs.shared, askers, np.where(looked_at, found.places, -1))
        above = looked_at & ~shared & (found.scores > highest_score(found.own, self.settings.margin)[:, None])
        good = looked_at & ~shared & ~above
        rank = np.cumsum(good, axis=1)
        kept = good & (rank <= self.settings.keep)
        rows, columns = np.nonzero(kept)
        places = askers[rows], rank[rows, columns] - 1
        self.negatives[places] = candidates.first[found.places[rows, columns]]
        self.scores[places] = found.scores[rows, columns]
        self.own[askers] = found.own
        for name, which in (("looked at", looked_at), ("shared", shared), ("above", above), ("kept", kept)):
            self._counts[name] += int(which.sum())

    def summary(self) -> dict[str, Any]:
        """Return the counts, and the distribution of the scores."""
        each = (self.negatives >= 0).sum(axis=1)
        dropped = {"shares a key with the pair": self._counts["shared"], "above the margin": self._counts["above"]}
        return {
            **self.settings.model_dump(exclude={"language"}),
            "pairs": len(self.negatives),
            "pairs_left_out": self._pairs.left_out,
            "duplicates_left_out": self._pairs.duplicates_left_out,
            "pairs_not_drawn": self._pairs.not_drawn,
            "languages": self.languages,
            "candidates_looked_at": self._counts["looked at"],
            "dropped": dropped,
            "not_needed": self._counts["looked at"] - sum(dropped.values()) - self._counts["kept"],
            "negatives": self._counts["kept"],
            "pairs_with_fewer": int((each < self.settings.keep).sum()),
            "pairs_with_none": int((each == 0).sum()),
            "scores": {
                "own passage": _distribution(self.own),
                "hardest negative": _distribution(self.scores[each > 0, 0]),
                "all negatives": _distribution(self.scores[self.negatives >= 0]),
            },
        }


def highest_score(own: np.ndarray, margin: float | None) -> np.ndarray:
    """Return the highest score that a negative may have, given the score of each pair's own passage.

    That is ``margin`` of it; below a negative one (of an encoder) as far as above a positive one.
    """
    if margin is None:
        return np.full_like(own, np.inf)
    highest: np.ndarray = own - (1 - margin) * np.abs(own)
    return highest


def _distribution(scores: np.ndarray) -> dict[str, float] | None:
    """Return the mean and the quantiles of some scores; ``None`` of none."""
    if not len(scores):
        return None
    names = {"least": 0, "5%": 0.05, "25%": 0.25, "median": 0.5, "75%": 0.75, "95%": 0.95, "greatest": 1}
    values = np.quantile(scores.astype(np.float64), list(names.values()))
    return {"mean": round(float(scores.mean(dtype=np.float64)), 6)} | dict(
        zip(names, np.round(values, 6).tolist(), strict=True)
    )


def _write_negatives(
    pairs: ParallelPairs,
    mined: _Mined,
    about: Mapping[str, str],
    versions: Mapping[str, str],
    path: str | PathLike[str],
) -> None:
    schema = NEGATIVES_SCHEMA.with_metadata({**about, **as_metadata(versions)})
    ids = _pair_ids(pairs)
    with replacing(path) as temporary, ParquetWriter(temporary, schema) as writer:
        for start in range(0, len(pairs), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            there = mined.negatives[part] >= 0
            ends = pa.array(np.concatenate(([0], np.cumsum(there.sum(axis=1)))), pa.int32())
            negatives = ids.take(pa.array(mined.negatives[part][there])).cast(pa.string())
            columns = [
                ids.slice(start, ROWS_AT_ONCE).cast(pa.string()),
                pa.ListArray.from_arrays(ends, negatives),
                pa.ListArray.from_arrays(ends, pa.array(mined.scores[part][there])),
            ]
            writer.write_table(pa.table(columns, schema=schema))


def _pair_ids(pairs: ParallelPairs) -> pa.LargeStringArray:
    """Return "corpus/pair_id" of every pair, in their order: pairs are numbered as the languages first have them."""
    first = pairs.available.argmax(axis=1) if len(pairs) else np.empty(0, dtype=np.int64)
    parts = []
    for number, language in enumerate(pairs.languages):
        rows = pairs.rows[first == number, number]
        start = 0
        for corpus in pairs.corpora:
            for batch in read_columns(pairs.files[corpus][language], ["pair_id"]):
                from_, to = np.searchsorted(rows, [start, start + batch.num_rows])
                own = batch["pair_id"].take(pa.array(rows[from_:to] - start))
                parts.append(pc.binary_join_element_wise(corpus, own, "/").cast(pa.large_string()))
                start += batch.num_rows
    return pa.concat_arrays([pa.array([], pa.large_string()), *parts])
