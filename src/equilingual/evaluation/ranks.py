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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain
from os import PathLike
from pathlib import Path

import numpy as np
import pyarrow as pa

from equilingual.devices import compute_device
from equilingual.manifests import write_manifest
from equilingual.parquet import write_parquet
from equilingual.provenance import package_versions
from equilingual.retrieval.columns import values_at
from equilingual.retrieval.ranking import Queries, Ranked, rank_collection
from equilingual.retrieval.systems import System, VectorFiles, open_system
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
    depth: int,
    threads: int,
    out: str | PathLike[str],
    out_runs: str | PathLike[str],
    vectors: tuple[str | PathLike[str], str | PathLike[str]] | None = None,
    lexical: str | None = None,
    merge: str | None = None,
    fusion: str | None = None,
    translations: str | PathLike[str] | None = None,
    translated_vectors: str | PathLike[str] | None = None,
    gpu: bool = False,
    runs: Several[str] = (),
) -> None:
    """Write the rank of every relevant candidate in every pool, and the first ``depth`` candidates of some pools.

    A query that has no relevant candidate in a pool is not asked there (unanswerable pairs of MLQA-R are excluded, not
    scored 0), nor in a setting that the benchmark lacks. Run files are written of all languages at once and, where
    ``runs`` names ``monolingual`` or ``cross-lingual``, of each language's pool. What gives the scores is as in
    :func:`equilingual.retrieval.systems.open_system`: ``vectors`` are the files of the queries' and the candidates'
    vectors, ``translated_vectors`` that of the translations'. With ``gpu`` vectors are multiplied on one, if any.

    Raises:
        EmbeddingsError: there is not one finite vector per query and candidate.

    """
    tables = read_tables(benchmark)
    with compute_device(threads) if gpu else nullcontext("cpu") as device:
        system = open_system(
            tables=tables,
            benchmark=benchmark,
            vectors=vectors and VectorFiles(*vectors, translations=translated_vectors),
            lexical=lexical,
            merge=merge,
            fusion=fusion,
            translations=translations,
            device=device,
        )
        write_ranks(system, tables, model=model, runs=runs, depth=depth, threads=threads, out=out, out_runs=out_runs)


def write_ranks(
    system: System,
    tables: BenchmarkTables,
    *,
    model: str,
    runs: Several[str],
    depth: int,
    threads: int,
    out: str | PathLike[str],
    out_runs: str | PathLike[str],
) -> None:
    """Rank by any system; the other arguments are those of :func:`rank_candidates`."""
    parts, names = [], []
    run_lines = _RunLines(tables, model)
    for collection in tables.collections:
        wanted = collection.pools() if {"monolingual", "cross-lingual"} & set(runs) else {ALL: collection.candidates}
        ranked = _rank(system, tables, collection, wanted, depth, threads)
        parts.append(ranks_table(ranked, tables, collection))
        for pool in wanted:
            names.append(f"{collection.pool_name(pool)}.trec.gz")
            write_lines(Path(out_runs) / names[-1], run_lines.lines(ranked, collection, pool, runs))
    write_parquet(pa.concat_tables(parts).unify_dictionaries(), out, row_group_size=65_536)
    write_manifest(out_runs, names, {"versions": package_versions()})


def _rank(
    system: System,
    tables: BenchmarkTables,
    collection: Collection,
    wanted: Mapping[str, slice],
    depth: int,
    threads: int,
) -> Ranked:
    """Rank in all pools of a collection, by the same scores or, where the system has some for each pool, by those."""
    relevant = tables.relevant[collection.queries]

    def rank(languages: Sequence[slice], keep: Mapping[str, slice]) -> Ranked:
        members = slice(languages[0].start, languages[-1].stop)
        inside = (relevant >= members.start) & (relevant < members.stop)
        return rank_collection(
            system.scores(collection, members),
            queries=Queries(collection.queries, np.where(inside, relevant, -1), tables.own[collection.queries]),
            tie_order=tables.tie_order,
            languages=languages,
            keep=keep,
            depth=depth,
            whole_rows=system.whole_rows,
            threads=threads,
        )

    if not system.by_pool:
        return rank(list(collection.languages.values()), wanted)
    pools = collection.pools()
    found = {pool: rank([rows], {pool: rows} if pool in wanted else {}) for pool, rows in pools.items()}
    return Ranked(
        within=np.sum([found[language].within for language in collection.languages], axis=0),
        across=found[ALL].across,
        best=np.concatenate([found[pool].best[:, :1] for pool in pools], axis=1),
        top={pool: found[pool].top[pool] for pool in wanted},
        top_scores={pool: found[pool].top_scores[pool] for pool in wanted},
    )


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
