"""FAISS indexes and what they find: the stages ``build_indexes`` and ``search_indexes``.

in:  ``results/embeddings/{model}/{benchmark}/{queries,candidates}.npy`` and the benchmark's tables
out: ``results/indexes/{model}/{benchmark}/{pool}.faiss``, with a ``manifest.json`` of their SHA-256;
     ``results/searches/{model}/{benchmark}.json``: what each index finds of what an exact search finds

A pool is one language's candidates, or all languages' (``all``), in the order of ``candidates.parquet``; in a
benchmark of several collections its name begins with the collection's. Scores never come from an index: ranks are
exact whatever kind it is (``rank_candidates``).
"""

import logging
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from equilingual.embeddings import VECTORS_AT_ONCE, let_go, read_embeddings
from equilingual.files import replacing, write_json
from equilingual.manifests import check_manifest, write_manifest
from equilingual.retrieval.tables import ALL, BenchmarkTables, Collection, read_tables
from equilingual.seeding import generator

if TYPE_CHECKING:
    import faiss

_ASKED = 1000  # queries of a pool that are searched for twice
DEPTHS = (1, 10, 100)

_log = logging.getLogger(__name__)


def indexed_pools(tables: BenchmarkTables, collection: Collection) -> dict[str, slice]:
    """Return the pools of a collection that queries are searched in, with their rows of ``candidates.parquet``."""
    pools = collection.pools()
    if "multilingual" not in tables.settings:
        pools.pop(ALL)
    return pools if {"monolingual", "cross-lingual"} & set(tables.settings) else {ALL: pools[ALL]}


def _index_names(tables: BenchmarkTables) -> list[str]:
    return [f"{one.pool_name(pool)}.faiss" for one in tables.collections for pool in indexed_pools(tables, one)]


def build_indexes(
    *,
    candidates: str | PathLike[str],
    benchmark: str | PathLike[str],
    index: Mapping[str, Any],
    threads: int,
    out: str | PathLike[str],
) -> None:
    """Write an index for every pool that is searched, its vectors in the pool's order, and the manifest.

    Args:
        candidates: their embeddings.
        benchmark: the benchmark's folder.
        index: ``kind`` and its settings (:class:`equilingual.config.indexes.Index`).
        threads: for training and for adding. Several do not give the same graph of HNSW twice.
        out: the folder.

    Raises:
        EmbeddingsError: there is not one finite vector per candidate.

    """
    import faiss

    tables = read_tables(benchmark)
    vectors = read_embeddings(candidates, rows=tables.candidates.num_rows)
    faiss.omp_set_num_threads(threads)
    names = []
    for collection in tables.collections:
        for pool, rows in indexed_pools(tables, collection).items():
            made = _new_index(index, vectors[rows])
            for start in range(rows.start, rows.stop, VECTORS_AT_ONCE):
                made.add(vectors[start : min(start + VECTORS_AT_ONCE, rows.stop)])
                let_go(vectors)
            names.append(f"{collection.pool_name(pool)}.faiss")
            with replacing(Path(out) / names[-1]) as temporary:
                faiss.write_index(made, str(temporary))
    write_manifest(out, names)


def _new_index(settings: Mapping[str, Any], vectors: np.ndarray) -> "faiss.Index":
    import faiss

    dimensions = vectors.shape[1]
    if settings["kind"] == "hnsw":
        index = faiss.IndexHNSWFlat(dimensions, settings["m"], faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction, index.hnsw.efSearch = settings["ef_construction"], settings["ef_search"]
        return index
    if settings["kind"] == "ivf":
        # FAISS wants at least 39 vectors per list; 4·√n lists are its own advice below a million.
        asked = settings["nlist"] or min(round(4 * len(vectors) ** 0.5), len(vectors) // 39)
        lists = max(1, min(asked, len(vectors)))
        lists_of = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimensions), dimensions, lists, faiss.METRIC_INNER_PRODUCT)
        lists_of.train(vectors)
        lists_of.nprobe = min(settings["nprobe"], lists)
        return lists_of
    return faiss.IndexFlatIP(dimensions)


def open_index(indexes: str | PathLike[str], name: str) -> "faiss.Index":
    """Open a pool's index from its file, which stays on disk and is read as it is searched.

    ``indexes`` has been checked against its manifest.
    """
    import faiss

    return faiss.read_index(str(Path(indexes) / f"{name}.faiss"), faiss.IO_FLAG_MMAP_IFC)


def search_indexes(
    *,
    queries: str | PathLike[str],
    candidates: str | PathLike[str],
    indexes: str | PathLike[str],
    benchmark: str | PathLike[str],
    seed: int,
    threads: int,
    out: str | PathLike[str],
) -> None:
    """Search every index, and write which share of what an exact search finds it finds: recall@1, @10 and @100.

    Of a pool's queries a thousand, drawn by ``seed``, are searched for. A candidate counts as found if its score is at
    least that of the exact search's last, so that ties cost nothing. An exact index finds all by construction: nothing
    is searched (``queries`` is 0), and its recall is 1.

    Raises:
        DamagedFileError: an index is not what the manifest says.
        EmbeddingsError: there is not one finite vector per query and candidate.

    """
    import faiss

    tables = read_tables(benchmark)
    check_manifest(indexes, expected=_index_names(tables))
    faiss.omp_set_num_threads(threads)
    pools = {
        collection.pool_name(pool): (collection.queries, rows)
        for collection in tables.collections
        for pool, rows in indexed_pools(tables, collection).items()
    }
    opened = {name: open_index(indexes, name) for name in pools}
    found: dict[str, dict[str, float]] = {}
    if not all(isinstance(index, faiss.IndexFlat) for index in opened.values()):
        asked = read_embeddings(queries, rows=tables.queries.num_rows)
        vectors = read_embeddings(candidates, rows=tables.candidates.num_rows)
    for name, (some, rows) in pools.items():
        index = opened[name]
        if isinstance(index, faiss.IndexFlat):
            found[name] = {"candidates": index.ntotal, "queries": 0} | {f"recall@{at}": 1.0 for at in DEPTHS}
            continue
        if len(some) > _ASKED:
            some = np.sort(generator(seed, f"search {name}").choice(some, _ASKED, replace=False))
        own = np.where((tables.own[some] >= rows.start) & (tables.own[some] < rows.stop), tables.own[some], -1)
        recall = _recall(index, asked[some], vectors[rows], np.where(own >= 0, own - rows.start, -1))
        found[name] = {"candidates": index.ntotal, "queries": len(some)} | recall
        _log.info("%s: %s", name, found[name])
    write_json({"pools": found, "mean": _mean(found)}, out)


def _recall(index: "faiss.Index", queries: np.ndarray, vectors: np.ndarray, own: np.ndarray) -> dict[str, float]:
    """Return the recall at each depth; ``own`` has, as int64 [queries, O], places that a query leaves out, or -1."""
    import faiss

    left_out = int((own >= 0).sum(axis=1).max(initial=0))
    depth = min(max(DEPTHS), max(1, len(vectors) - left_out))
    width = min(depth + left_out, len(vectors))
    exact = _without(own, *faiss.knn(queries, vectors, width, metric=faiss.METRIC_INNER_PRODUCT), depth)
    scores = _without(own, *index.search(queries, width), depth)
    # Sums of the same products in another order differ in their last bits.
    slack = 1e-5 * np.abs(exact[:, :1])
    found = {}
    for at in DEPTHS:
        last = min(at, depth)  # of a pool of fewer candidates, all of them
        found[f"recall@{at}"] = float((scores[:, :last] >= exact[:, last - 1 : last] - slack).mean())
    return found


def _without(own: np.ndarray, scores: np.ndarray, places: np.ndarray, depth: int) -> np.ndarray:
    """Return the first ``depth`` scores of each list, float32 [queries, depth], without the places that it leaves out.

    A list that is shorter ends with minus infinity.
    """
    if not (own >= 0).any():
        return scores[:, :depth]
    is_own = ((places[:, :, None] == own[:, None, :]) & (own[:, None, :] >= 0)).any(axis=2)
    return -np.sort(-np.where(is_own, -np.inf, scores), axis=1)[:, :depth]


def _mean(found: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {f"recall@{at}": float(np.mean([entry[f"recall@{at}"] for entry in found.values()])) for at in DEPTHS}


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
