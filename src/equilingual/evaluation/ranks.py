"""Exact ranks of the relevant candidates, and run files: the stage ``rank_candidates``.

in:  ``results/embeddings/{model}/{benchmark}/{queries,candidates}.npy`` and the benchmark's tables
out: ``results/ranks/{model}/{benchmark}.parquet``: ``query_id``, ``cluster``, ``query_language``, ``pool``,
     ``candidate_language``, ``relevance``, ``rank``, ``candidate``, ``best``; one row per query, pool and relevant
     candidate, the rows of a query and pool together; ``candidate`` is its row of ``candidates.parquet``, ``best`` that
     of the query's first in the pool.
     ``results/runs/{model}/{benchmark}/{pool}.trec.gz``, with a ``manifest.json`` of their SHA-256

Scores of queries with candidates are float32 inner products of vectors of length 1 (cosines). Ties go to the candidate
that stands first in ``candidates.parquet``.
"""

from collections.abc import Collection as Several
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pyarrow as pa

from equilingual.files import write_parquet
from equilingual.manifests import write_manifest
from equilingual.retrieval.embeddings import read_embeddings
from equilingual.retrieval.ranking import Ranked, Scores
from equilingual.retrieval.ranking import rank_candidates as rank_collection
from equilingual.retrieval.tables import ALL, BenchmarkTables, Collection, read_tables
from equilingual.retrieval.trec import trec_field, write_lines

_NAMES = pa.dictionary(pa.int32(), pa.string())
RANKS_SCHEMA = pa.schema(
    [(name, _NAMES) for name in ("query_id", "cluster", "query_language", "pool", "candidate_language")]
    + [(name, pa.int64()) for name in ("relevance", "rank", "candidate", "best")]
)


def rank_candidates(
    *,
    model: str,
    queries: str | PathLike[str],
    candidates: str | PathLike[str],
    benchmark: str | PathLike[str],
    runs: Several[str],
    depth: int,
    threads: int,
    out: str | PathLike[str],
    out_runs: str | PathLike[str],
) -> None:
    """Write the rank of every relevant candidate in every pool, and the first ``depth`` candidates of some pools.

    A query that has no relevant candidate in a pool is not asked there (unanswerable pairs of MLQA-R are excluded, not
    scored 0), nor in a setting that the benchmark has not. Run files are written of all languages at once and, where
    ``runs`` names ``monolingual`` or ``cross-lingual``, of each language's pool.

    Raises:
        EmbeddingsError: there is not one finite vector per query and candidate.

    """
    tables = read_tables(benchmark)
    asked = read_embeddings(queries, rows=tables.queries.num_rows)
    searched = read_embeddings(candidates, rows=tables.candidates.num_rows)

    def scores(rows: np.ndarray, some: slice) -> np.ndarray:
        return np.asarray(asked[rows] @ searched[some].T)

    write_ranks(
        scores, tables, model=model, runs=runs, depth=depth, threads=threads, out=out, out_runs=out_runs
    )


def write_ranks(
    scores: Scores,
    tables: BenchmarkTables,
    *,
    model: str,
    runs: Several[str],
    depth: int,
    threads: int,
    out: str | PathLike[str],
    out_runs: str | PathLike[str],
    whole_rows: bool = False,
) -> None:
    """Rank with any scores; the arguments are those of :func:`rank_candidates` and of the ranking of a collection."""
    parts, names = [], []
    run_names = _RunNames(tables, model)
    for collection in tables.collections:
        languages_asked = {"monolingual", "cross-lingual"} & set(runs)
        keep = collection.pools() if languages_asked else {ALL: collection.candidates}
        ranked = rank_collection(
            scores,
            queries=collection.queries,
            relevant=tables.relevant[collection.queries],
            own=tables.own[collection.queries],
            languages=list(collection.languages.values()),
            keep=keep,
            depth=depth,
            whole_rows=whole_rows,
            threads=threads,
        )
        parts.append(ranks_table(ranked, tables, collection))
        for pool in keep:
            names.append(f"{collection.pool_name(pool)}.trec.gz")
            lines = run_names.lines(ranked, collection, pool, runs)
            write_lines(Path(out_runs) / names[-1], lines)
    write_parquet(pa.concat_tables(parts).unify_dictionaries(), out, row_group_size=65_536)
    write_manifest(out_runs, names)


def ranks_table(ranked: Ranked, tables: BenchmarkTables, collection: Collection) -> pa.Table:
    """Return the ranks of a collection as rows of the stage's output, pool by pool in the order of the queries."""
    rows = collection.queries
    names = list(collection.languages)
    starts = np.array([part.start for part in collection.languages.values()])
    relevant, relevance = tables.relevant[rows], tables.relevance[rows]
    language = np.where(relevant >= 0, np.searchsorted(starts, relevant, side="right") - 1, -1)
    queries = tables.queries.take(pa.array(rows))
    query_language = queries["language"].to_pylist()
    spoken = np.array([names.index(tag) if tag in names else -2 for tag in query_language])
    identical = language == spoken[:, None]
    settings = set(tables.settings)
    here = ((language >= 0) & identical & ("monolingual" in settings)) | (
        (language >= 0) & ~identical & ("cross-lingual" in settings)
    )
    pieces = []
    for number, pool in enumerate(names):
        at = np.nonzero(here & (language == number))
        pieces.append((pool, at, ranked.within[at], ranked.best[at[0], number]))
    if "multilingual" in settings:
        at = np.nonzero(language >= 0)
        pieces.append((ALL, at, ranked.across[at], ranked.best[at[0], -1]))
    columns = [queries[name].combine_chunks().dictionary_encode() for name in ("query_id", "cluster", "language")]
    return pa.concat_tables(
        pa.table(
            [
                *(column.take(pa.array(at[0])).cast(_NAMES) for column in columns),
                pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(at[0]), dtype=np.int32)), pa.array([pool])),
                pa.DictionaryArray.from_arrays(pa.array(language[at].astype(np.int32)), pa.array(names)),
                pa.array(relevance[at]),
                pa.array(ranks),
                pa.array(relevant[at]),
                pa.array(best),
            ],
            schema=RANKS_SCHEMA,
        )
        for pool, at, ranks, best in pieces
    )


@dataclass
class _RunNames:
    """What the lines of run files are made of."""

    tables: BenchmarkTables
    model: str

    def __post_init__(self) -> None:
        self._queries = [trec_field(name) for name in self.tables.query_names()]
        self._languages = self.tables.queries["language"].to_pylist()
        self._candidates = self.tables.candidates["candidate_id"]

    def lines(self, ranked: Ranked, collection: Collection, pool: str, runs: Several[str]) -> Iterator[str]:
        """Yield the lines of a pool's run file, query by query: ``query Q0 candidate rank score model``."""
        end = f"{trec_field(self.model)}\n"
        members = collection.pools()[pool]
        relevant = self.tables.relevant[collection.queries]
        has_answer = ((relevant >= members.start) & (relevant < members.stop)).any(axis=1)
        for place, row in enumerate(collection.queries.tolist()):
            if has_answer[place] and (pool == ALL or self.tables.setting(self._languages[row], pool) in runs):
                found = ranked.top[pool][place]
                hits = zip(found[found >= 0].tolist(), ranked.top_scores[pool][place].tolist(), strict=False)
                query = self._queries[row]
                yield "".join(
                    f"{query} Q0 {trec_field(self._candidates[at].as_py())} {n} {score:.9g} {end}"
                    for n, (at, score) in enumerate(hits, 1)
                )
