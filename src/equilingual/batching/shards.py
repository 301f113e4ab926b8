"""Batches as Parquet shards.

out: ``results/batches/{training_set}/{strategy}/seed-{seed}/part-*.parquet`` and ``manifest.json``

A row is one pair of one batch, in batch order; a row group holds whole batches, so that batch number k is read
from one row group. The manifest names every shard with its SHA-256, rows and bytes; whoever reads checks them.
"""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from equilingual.batching.pairs import ParallelPairs, load_pairs
from equilingual.batching.strategies import Plan, plan_batches
from equilingual.files import read_json, sha256_of, write_json, write_parquet

ROWS_PER_GROUP = 1024  # at least; text that is read in order wants small row groups

BATCH_SCHEMA = pa.schema(
    [("batch_id", pa.int64()), ("slot", pa.int64()), ("mode", pa.string())]
    + [
        (name, pa.string())
        for name in ("query_language", "passage_language", "pair_id", "passage_id", "query", "passage")
    ]
)


def build_batches(
    *,
    training_set: str,
    files: Sequence[str | PathLike[str]],
    corpora: Sequence[str],
    languages: Sequence[str],
    min_languages: int | None = None,
    strategy: str,
    monolingual_share: float,
    batch_size: int,
    batches: int,
    seed: int,
    shards: Sequence[str | PathLike[str]],
    manifest: str | PathLike[str],
) -> None:
    """Plan the batches of one experiment and write them to ``shards``, in order, then the manifest.

    ``files`` are the canonical pairs of each corpus in each language, the languages of one corpus together. The
    same arguments give the same bytes.

    Raises:
        BatchError: the training set is too small for the batch size.

    """
    paths = iter(files)
    by_corpus = {corpus: {language: next(paths) for language in languages} for corpus in corpora}
    pairs = load_pairs(by_corpus, languages, min_languages)
    plan = plan_batches(pairs, monolingual_share=monolingual_share, batch_size=batch_size, batches=batches, seed=seed)
    metadata = {"training_set": training_set, "strategy": strategy, "seed": str(seed)}
    entries = []
    for path, part in zip(shards, np.array_split(np.arange(batches), len(shards)), strict=True):
        table = gather_texts(pairs, plan, part)
        group = batch_size * max(1, -(-ROWS_PER_GROUP // batch_size))
        write_parquet(table, path, metadata=metadata, row_group_size=group)
        entry = {"file": Path(path).name, "rows": table.num_rows, "bytes": Path(path).stat().st_size}
        entries.append(entry | {"sha256": sha256_of(path)})
    summary = {"training_set": training_set, "strategy": strategy, "alpha": monolingual_share, "seed": seed}
    write_json(summary | _counts(pairs, plan) | {"shards": entries}, manifest)


def gather_texts(pairs: ParallelPairs, plan: Plan, batch_ids: np.ndarray) -> pa.Table:
    """Return the rows of some batches, in order, with the columns of :data:`BATCH_SCHEMA`."""
    size = plan.pairs.shape[1]
    chosen, queries, passages = (
        array[batch_ids].reshape(-1) for array in (plan.pairs, plan.query_languages, plan.passage_languages)
    )
    modes = np.where(plan.monolingual[batch_ids], "mono", "cross").repeat(size)
    names = np.array(pairs.languages)
    columns = [
        batch_ids.repeat(size),
        np.tile(np.arange(size), len(batch_ids)),
        modes,
        names[queries],
        names[passages],
        [pairs.pair_ids[pair] for pair in chosen],
        _take(pairs, chosen, passages, "passage_id"),
        _take(pairs, chosen, queries, "question"),
        _take(pairs, chosen, passages, "passage"),
    ]
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, BATCH_SCHEMA, strict=True)], schema=BATCH_SCHEMA)


def _take(pairs: ParallelPairs, chosen: np.ndarray, languages: np.ndarray, column: str) -> np.ndarray:
    """Return a column's texts, each from its own language's table."""
    texts = np.empty(len(chosen), dtype=object)
    for position, language in enumerate(pairs.languages):
        here = np.flatnonzero(languages == position)
        rows = pairs.rows[chosen[here], position]
        texts[here] = pairs.tables[language][column].take(pa.array(rows)).to_pylist()
    return texts


def _counts(pairs: ParallelPairs, plan: Plan) -> dict[str, Any]:
    def by_language(array: np.ndarray) -> dict[str, int]:
        counts = np.bincount(array.reshape(-1), minlength=len(pairs.languages))
        return dict(zip(pairs.languages, counts.tolist(), strict=True))

    return {
        "batch_size": plan.pairs.shape[1],
        "batches": len(plan.pairs),
        "monolingual_batches": int(plan.monolingual.sum()),
        "languages": list(pairs.languages),
        "pairs": len(pairs.pair_ids),
        "pairs_left_out": pairs.left_out,
        "pairs_used": len(np.unique(plan.pairs)),
        "query_languages": by_language(plan.query_languages),
        "passage_languages": by_language(plan.passage_languages),
    }


class DamagedShardError(ValueError):
    """A shard is missing or not what the manifest says."""


class BatchReader:
    """Reads batches by their number; opening one costs one row group, however far into the training it is."""

    def __init__(self, manifest: str | PathLike[str]) -> None:
        """Open and check the shards beside a manifest.

        Raises:
            DamagedShardError: a shard is missing or its hash is not the manifest's; the message says how to redo it.

        """
        self.summary = read_json(manifest)
        self._files: list[pq.ParquetFile] = []
        self._first: list[tuple[int, int, int]] = []  # (first batch, file, row group)
        batch = 0
        for number, entry in enumerate(self.summary["shards"]):
            path = Path(manifest).parent / entry["file"]
            if not path.exists() or sha256_of(path) != entry["sha256"]:
                raise DamagedShardError(
                    f"{path} is missing or damaged (expected sha256 {entry['sha256']}): delete {manifest} and rerun"
                )
            file = pq.ParquetFile(path)
            self._files.append(file)
            for group in range(file.num_row_groups):
                self._first.append((batch, number, group))
                batch += file.metadata.row_group(group).num_rows // self.summary["batch_size"]
        self._cached: tuple[int, pa.Table] | None = None

    def __len__(self) -> int:
        return int(self.summary["batches"])

    def read(self, batch: int) -> pa.Table:
        """Return batch number ``batch`` (from 0) as a table of ``batch_size`` rows."""
        place = max(i for i, (first, _, _) in enumerate(self._first) if first <= batch)
        first, number, group = self._first[place]
        if self._cached is None or self._cached[0] != place:
            self._cached = (place, self._files[number].read_row_group(group))
        size = self.summary["batch_size"]
        return self._cached[1].slice((batch - first) * size, size)
