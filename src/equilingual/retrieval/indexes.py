"""FAISS indexes and TREC run files: the stages ``build_indexes`` and ``search_indexes``.

in:  ``results/embeddings/{model}/{benchmark}/{queries,candidates}.npy`` and the benchmark's tables
out: ``results/indexes/{model}/{benchmark}/{pool}.faiss`` and ``results/runs/{model}/{benchmark}/{pool}.trec.gz``,
     each folder with a ``manifest.json`` of its files' SHA-256

A pool is one language's candidates, or all languages' (``all``), in the order of ``candidates.parquet``. Indexes
are exact (inner products of vectors of length 1: cosines).
"""

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from equilingual.files import replacing
from equilingual.manifests import check_manifest, write_manifest
from equilingual.retrieval.embeddings import read_embeddings
from equilingual.retrieval.trec import trec_field, write_lines

if TYPE_CHECKING:
    import faiss

ALL = "all"


def pools_of(candidates: pa.Table) -> dict[str, np.ndarray]:
    """Return, by pool, the rows of ``candidates.parquet`` in it, ascending: every language's, then ``all``."""
    languages = np.array(candidates["language"].to_pylist())
    pools = {language: np.flatnonzero(languages == language) for language in dict.fromkeys(languages.tolist())}
    return {**pools, ALL: np.arange(len(languages))}


def build_indexes(*, candidates: str | PathLike[str], benchmark: str | PathLike[str], out: str | PathLike[str]) -> None:
    """Write an ``IndexFlatIP`` for every pool, its vectors in the pool's order, and the manifest.

    Raises:
        EmbeddingsError: there is not one finite vector per candidate.

    """
    import faiss

    table = pq.read_table(Path(benchmark) / "candidates.parquet", columns=["language"])
    vectors = read_embeddings(candidates, rows=table.num_rows)
    names = []
    for pool, rows in pools_of(table).items():
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors[rows])
        names.append(f"{pool}.faiss")
        with replacing(Path(out) / names[-1]) as temporary:
            faiss.write_index(index, str(temporary))
    write_manifest(out, names)


def read_vectors(indexes: str | PathLike[str], pool: str = ALL) -> np.ndarray:
    """Return the vectors of a pool as its index holds them, float32 [candidates, dimensions], checked.

    Raises:
        DamagedFileError: a file is not what the manifest says.

    """
    import faiss

    check_manifest(indexes)
    index = faiss.read_index(str(Path(indexes) / f"{pool}.faiss"))
    return np.asarray(index.reconstruct_n(0, index.ntotal))


def search_indexes(
    *,
    model: str,
    queries: str | PathLike[str],
    indexes: str | PathLike[str],
    benchmark: str | PathLike[str],
    depth: int,
    out: str | PathLike[str],
) -> None:
    """Search every pool with every query that has a relevant candidate there, and write TREC run files.

    A line is ``{query_language}_{query_id} Q0 {candidate_id} {rank} {score} {model}``. Candidates are sorted by score,
    descending, ties by their order in the pool, also where the depth cuts a tie. Spaces in ids, which the format
    cannot hold, become ``_``.

    Raises:
        EmbeddingsError: there is not one finite vector per query.

    """
    import faiss

    check_manifest(indexes)
    folder = Path(benchmark)
    query_table = pq.read_table(folder / "queries.parquet", columns=["query_id", "language"])
    candidate_table = pq.read_table(folder / "candidates.parquet", columns=["candidate_id", "language"])
    qrels = pq.read_table(folder / "qrels.parquet")
    vectors = read_embeddings(queries, rows=query_table.num_rows)
    ids = [f"{row['language']}_{row['query_id']}" for row in query_table.to_pylist()]
    candidate_ids = [trec_field(candidate) for candidate in candidate_table["candidate_id"].to_pylist()]
    names = []
    for pool, rows in pools_of(candidate_table).items():
        answerable = _answerable(query_table, qrels, pool)
        index = faiss.read_index(str(Path(indexes) / f"{pool}.faiss"))
        scores, found = search_exactly(index, vectors[answerable], min(depth, len(rows)))
        lines = _run_lines([ids[q] for q in answerable], [candidate_ids[row] for row in rows], scores, found, model)
        names.append(f"{pool}.trec.gz")
        write_lines(Path(out) / names[-1], lines)
    write_manifest(out, names)


def _answerable(queries: pa.Table, qrels: pa.Table, pool: str) -> np.ndarray:
    """Return the rows of the queries that have a relevant candidate in the pool, ascending."""
    have = {
        query
        for query, language in zip(qrels["query_id"].to_pylist(), qrels["language"].to_pylist(), strict=True)
        if pool in {language, ALL}
    }
    return np.array([row for row, query in enumerate(queries["query_id"].to_pylist()) if query in have], dtype=np.int64)


def search_exactly(index: "faiss.Index", queries: np.ndarray, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the best ``depth`` scores and places of each query, ties by place, as [queries, depth]."""
    scores = np.empty((len(queries), depth), dtype=np.float32)
    places = np.empty((len(queries), depth), dtype=np.int64)
    open_queries, width = np.arange(len(queries)), depth
    while len(open_queries):
        # FAISS returns any of the candidates that tie with its last one: look on until the tie ends.
        width = min(width * 4 if width > depth else depth + 1, index.ntotal)
        found = index.search(queries[open_queries], width)
        order = np.lexsort((found[1], -found[0]))
        values, rows = (np.take_along_axis(part, order, axis=1) for part in found)
        scores[open_queries], places[open_queries] = values[:, :depth], rows[:, :depth]
        tied = (values[:, -1] == values[:, depth - 1]) & (width < index.ntotal)
        open_queries = open_queries[tied]
    return scores, places


def _run_lines(
    queries: list[str], candidates: list[str], scores: np.ndarray, places: np.ndarray, model: str
) -> Iterator[str]:
    end = f"{trec_field(model)}\n"
    for query, row_scores, row_places in zip(map(trec_field, queries), scores, places, strict=True):
        hits = zip(row_places.tolist(), row_scores.tolist(), strict=True)
        yield "".join(f"{query} Q0 {candidates[at]} {n} {score:.9g} {end}" for n, (at, score) in enumerate(hits, 1))
