"""Exact ranks of the relevant candidates: the stage ``rank_relevant``.

in:  ``results/embeddings/{model}/{benchmark}/queries.npy``, ``results/indexes/{model}/{benchmark}/`` and the
     benchmark's tables
out: ``results/ranks/{model}/{benchmark}.parquet``: ``query_id``, ``cluster``, ``query_language``, ``pool``,
     ``candidate_language``, ``rank``; one row per query, pool and relevant candidate

Ranks are counted over the whole pool, not sorted: rank = 1 + candidates with a higher score + candidates with the
same score that stand before it in ``candidates.parquet``.
"""

from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from equilingual.files import write_parquet
from equilingual.retrieval.embeddings import read_embeddings
from equilingual.retrieval.indexes import ALL, pools_of, read_vectors

_BLOCK = 512  # queries whose similarities to all candidates are held at once: 27 MB for 13,000 candidates

# Takes a slice of the queries, returns float32 [queries of the slice, candidates].
Similarities = Callable[[slice], np.ndarray]

_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("query_id", "cluster", "query_language", "pool", "candidate_language")]
    + [("rank", pa.int64())]
)


def relevant_ranks(
    similarities: Similarities, relevant: np.ndarray, pools: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Return the ranks of the relevant candidates in every pool.

    Args:
        similarities: the scores of a slice of the queries with all candidates.
        relevant: int [queries, relevant], rows of the candidates, -1 where a query has fewer.
        pools: for each pool its rows of the candidates, ascending.

    Returns:
        For each pool int64 [queries, relevant]: the rank from 1, or 0 where there is no candidate or it is not in
        the pool.

    Raises:
        ValueError: a score is not finite; NaN would count as rank 1.

    """
    ranks = {pool: np.zeros(relevant.shape, dtype=np.int64) for pool in pools}
    for start in range(0, len(relevant), _BLOCK):
        block = slice(start, min(start + _BLOCK, len(relevant)))
        scores = similarities(block)
        if not np.isfinite(scores).all():
            raise ValueError(f"scores of queries {block.start} to {block.stop - 1} are not all finite")
        for column in range(relevant.shape[1]):
            rows = relevant[block, column]
            for pool, members in pools.items():
                ranks[pool][block, column] = _count(scores, rows, members)
    return ranks


def _count(scores: np.ndarray, rows: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Return the rank of candidate ``rows[q]`` for each query q among ``members``; 0 where it is not among them."""
    place = np.searchsorted(members, rows)
    asked = np.flatnonzero((rows >= 0) & (place < len(members)) & (members[place.clip(max=len(members) - 1)] == rows))
    result = np.zeros(len(rows), dtype=np.int64)
    if not len(asked):
        return result
    first, last = members[0], members[-1] + 1
    contiguous = last - first == len(members)
    pool = scores[asked, first:last] if contiguous else scores[np.ix_(asked, members)]
    own = scores[asked, rows[asked]][:, None]
    before = np.arange(len(members)) < place[asked][:, None]
    result[asked] = 1 + (pool > own).sum(axis=1) + ((pool == own) & before).sum(axis=1)
    return result


def rank_relevant(
    *,
    queries: str | PathLike[str],
    indexes: str | PathLike[str],
    benchmark: str | PathLike[str],
    out: str | PathLike[str],
) -> None:
    """Write the rank of every relevant candidate in every pool.

    A query that has no relevant candidate in a pool is not asked there (evaluation of MLQA-R: unanswerable pairs are
    excluded, not scored 0). Similarities are float32 inner products with the vectors that the index holds.

    Raises:
        EmbeddingsError: there is not one finite vector per query.

    """
    candidates = read_vectors(indexes)
    query_table, relevant, languages = load_relevant(benchmark)
    vectors = read_embeddings(queries, rows=query_table.num_rows)
    pools = pools_of(pq.read_table(Path(benchmark) / "candidates.parquet", columns=["language"]))

    def similarities(block: slice) -> np.ndarray:
        return np.asarray(vectors[block] @ candidates.T)

    ranks = relevant_ranks(similarities, relevant, pools)
    write_parquet(ranks_table(ranks, query_table, languages), out, row_group_size=65_536)


def load_relevant(benchmark: str | PathLike[str]) -> tuple[pa.Table, np.ndarray, list[str]]:
    """Return a benchmark's queries, its relevant candidates and its candidate languages.

    Returns:
        The table of queries; int64 [queries, languages], the row of the relevant candidate in each language, -1 where
        there is none; the languages, in the order of ``candidates.parquet``.

    """
    folder = Path(benchmark)
    queries = pq.read_table(folder / "queries.parquet", columns=["query_id", "language", "cluster"])
    candidates = pq.read_table(folder / "candidates.parquet", columns=["candidate_id", "language"])
    row_of = {candidate: row for row, candidate in enumerate(candidates["candidate_id"].to_pylist())}
    languages = list(dict.fromkeys(candidates["language"].to_pylist()))
    column_of = {language: column for column, language in enumerate(languages)}
    by_query: dict[str, np.ndarray] = {}
    for row in pq.read_table(folder / "qrels.parquet").to_pylist():
        rows = by_query.setdefault(row["query_id"], np.full(len(languages), -1, dtype=np.int64))
        rows[column_of[row["language"]]] = row_of[row["candidate_id"]]
    return queries, np.stack([by_query[query] for query in queries["query_id"].to_pylist()]), languages


def ranks_table(ranks: dict[str, np.ndarray], queries: pa.Table, languages: list[str]) -> pa.Table:
    """Return the ranks as the long table of the stage's output, pool by pool in the order of the queries."""
    parts = []
    names = np.array(languages)
    for pool, values in ranks.items():
        asked, columns = np.nonzero(values)
        taken = queries.take(pa.array(asked))
        arrays = [taken["query_id"], taken["cluster"], taken["language"]]
        arrays += [pa.array([pool] * len(asked)), pa.array(names[columns]), pa.array(values[asked, columns])]
        parts.append(pa.table(arrays, schema=_SCHEMA))
    return pa.concat_tables(parts)


__all__ = ["ALL", "load_relevant", "rank_relevant", "ranks_table", "relevant_ranks"]
