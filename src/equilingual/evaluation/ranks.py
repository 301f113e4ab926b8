"""Exact ranks of the relevant candidates, and run files: the stage ``rank_candidates``.

in:  ``results/embeddings/{model}/{benchmark}/{queries,candidates}.npy``, where the model has an encoder, and the
     benchmark's tables
out: ``results/ranks/{model}/{benchmark}.parquet``: ``query_id``, ``cluster``, ``query_language``, ``pool``,
     ``candidate_language``, ``relevance``, ``rank``, ``candidate``, ``best``; one row per query, pool and relevant
     candidate, the rows of a query and pool together; ``candidate`` is its row of ``candidates.parquet``, ``best`` that
     of the query's first in the pool.
     ``results/runs/{model}/{benchmark}/{pool}.trec.gz``, with a ``manifest.json`` of their SHA-256

Scores are those of a system (:mod:`equilingual.retrieval.systems`): of an encoder, float32 inner products of
vectors, which are of length 1 where it is scored by the cosine. Ties go by the hash of the candidate's id, which
prefers no language.
"""

from collections.abc import Collection as Several
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from os import PathLike
from pathlib import Path

import numpy as np
import pyarrow as pa

from equilingual.evaluation.blocks import Blocks
from equilingual.evaluation.searches import combined, ranking_system, run_search, searches_of, wanted_pools
from equilingual.manifests import write_manifest
from equilingual.parquet import write_parquet
from equilingual.provenance import package_versions
from equilingual.retrieval.columns import values_at
from equilingual.retrieval.ranked import Ranked
from equilingual.retrieval.systems import System, SystemSpec
from equilingual.retrieval.tables import ALL, BenchmarkTables, Collection, read_tables, setting_of
from equilingual.retrieval.trec import trec_field, trec_fields, write_lines

_NAMES = pa.dictionary(pa.int32(), pa.string())
RANKS_SCHEMA = pa.schema(
    [(name, _NAMES) for name in ("query_id", "cluster", "query_language", "pool", "candidate_language")]
    + [(name, pa.int64()) for name in ("relevance", "rank", "candidate", "best")]
)


def rank_candidates(
    *,
    model: str,
    benchmark: str | PathLike[str],
    system: SystemSpec,
    depth: int,
    threads: int,
    out: str | PathLike[str],
    out_runs: str | PathLike[str],
    gpu: bool = False,
    runs: Several[str] = (),
    blocks: Sequence[str | PathLike[str]] = (),
) -> None:
    """Write the rank of every relevant candidate in every pool, and the first ``depth`` candidates of some pools.

    A query that has no relevant candidate in a pool is not asked there (unanswerable pairs of MLQA-R are excluded, not
    scored 0), nor in a setting that the benchmark lacks. Run files are written of all languages at once and, where
    ``runs`` names ``monolingual`` or ``cross-lingual``, of each language's pool. ``system`` gives the scores. With
    ``gpu`` vectors are multiplied on one, if any. ``blocks`` are the files of
    :func:`equilingual.evaluation.blocks.rank_block`, in their order: where there are any, all is ranked already, and is
    joined.

    Raises:
        DamagedFileError: a block is damaged, or the blocks do not fit together.
        EmbeddingsError: there is not one finite vector per query and candidate.

    """
    tables = read_tables(benchmark)
    writer = _Writer(tables, model, runs, Path(out_runs))
    if blocks:
        found = Blocks(blocks)
        for number, collection in enumerate(tables.collections):
            writer.add(found.ranked(tables, number), collection)
    else:
        on_gpu = threads if gpu else None
        with ranking_system(system, tables=tables, benchmark=benchmark, threads=on_gpu) as scores:
            for collection in tables.collections:
                writer.add(_rank(scores, tables, collection, runs=runs, depth=depth, threads=threads), collection)
    writer.finish(out)


def _rank(
    system: System,
    tables: BenchmarkTables,
    collection: Collection,
    *,
    runs: Several[str],
    depth: int,
    threads: int,
) -> Ranked:
    """Rank in all pools of a collection, by the same scores or, where the system has some for each pool, by those."""
    searches = searches_of(collection, wanted_pools(collection, runs), by_pool=system.by_pool)
    found = {
        name: run_search(system, tables, collection, one, depth=depth, threads=threads)
        for name, one in searches.items()
    }
    return combined({name: one for name, one in found.items() if one is not None}, collection)


class _Writer:
    """Writes the stage's files, collection by collection."""

    def __init__(self, tables: BenchmarkTables, model: str, runs: Several[str], folder: Path) -> None:
        self._tables, self._runs, self._folder = tables, runs, folder
        self._lines = _RunLines(tables, model)
        self._parts: list[pa.Table] = []
        self._names: list[str] = []

    def add(self, ranked: Ranked, collection: Collection) -> None:
        """Write a collection's run files, and keep its ranks."""
        self._parts.append(ranks_table(ranked, self._tables, collection))
        for pool in wanted_pools(collection, self._runs):
            self._names.append(f"{collection.pool_name(pool)}.trec.gz")
            write_lines(self._folder / self._names[-1], self._lines.lines(ranked, collection, pool, self._runs))

    def finish(self, out: str | PathLike[str]) -> None:
        """Write the ranks and the manifest of the run files."""
        write_parquet(pa.concat_tables(self._parts).unify_dictionaries(), out, row_group_size=65_536)
        write_manifest(self._folder, self._names, {"versions": package_versions()})


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


def strictly_falling(scores: np.ndarray) -> np.ndarray:
    """Return float32 [queries, depth] as it stands, each score at least one float32 below the one before it."""
    falling = scores.copy()
    for column in range(1, falling.shape[1]):
        below = np.nextafter(falling[:, column - 1], np.float32(-np.inf))
        falling[:, column] = np.minimum(falling[:, column], below)
    return falling


@dataclass
class _RunLines:
    """What the lines of run files are made of."""

    tables: BenchmarkTables
    model: str

    def __post_init__(self) -> None:
        self._queries = [trec_field(name) for name in self.tables.query_names()]
        self._languages = self.tables.queries["language"].to_pylist()
        self._end = trec_field(self.model).replace("%", "%%")

    def lines(self, ranked: Ranked, collection: Collection, pool: str, runs: Several[str]) -> Iterator[str]:
        """Yield the lines of a pool's run file, query by query: ``query Q0 candidate rank score model``.

        Programs that read them order candidates by their scores and have rules of their own for ties, so that scores
        fall strictly: one that ties with the one before is the next lower float32.
        """
        scores = strictly_falling(ranked.top_scores[pool])
        members = collection.pools()[pool]
        relevant = self.tables.relevant[collection.queries]
        has_answer = ((relevant >= members.start) & (relevant < members.stop)).any(axis=1)
        places, ids = self._names(ranked.top[pool], members)
        for place, row in enumerate(collection.queries.tolist()):
            if has_answer[place] and (pool == ALL or setting_of(self._languages[row], pool) in runs):
                found = ranked.top[pool][place]
                found = found[found >= 0]
                names = ids.take(pa.array(places[found - members.start])).to_pylist()
                hits = zip(names, scores[place].tolist(), strict=False)
                yield self._template(row, len(names)) % tuple(chain.from_iterable(hits))

    def _names(self, top: np.ndarray, members: slice) -> tuple[np.ndarray, pa.Array]:
        """Return the names of the candidates in ``top``, and the place of each of the pool's, int32 [candidates]."""
        is_listed = np.zeros(members.stop - members.start, dtype=bool)
        is_listed[top[top >= 0] - members.start] = True
        rows = np.flatnonzero(is_listed) + members.start
        names = trec_fields(values_at(self.tables.candidates["candidate_id"], rows))
        return np.cumsum(is_listed, dtype=np.int32) - 1, names

    def _template(self, row: int, count: int) -> str:
        """Return the lines of a query, ``%`` in place of each candidate and score: one call fills in all of them."""
        query = self._queries[row].replace("%", "%%")
        return "".join([f"{query} Q0 %s {number} %.9g {self._end}\n" for number in range(1, count + 1)])
