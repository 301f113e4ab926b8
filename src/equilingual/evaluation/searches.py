"""The searches that a model's ranks come from: one of all pools of a collection, or one of each pool."""

from collections.abc import Collection as Several
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from os import PathLike

import numpy as np

from equilingual.devices import compute_device
from equilingual.retrieval.ranked import Queries, Ranked
from equilingual.retrieval.ranking import queries_at_once, rank_collection
from equilingual.retrieval.systems import System, SystemSpec, open_system
from equilingual.retrieval.tables import ALL, BenchmarkTables, Collection
from equilingual.shares import WHOLE, Share

Place = str | PathLike[str]


@contextmanager
def ranking_system(
    spec: SystemSpec, *, tables: BenchmarkTables, benchmark: Place, threads: int | None
) -> Iterator[System]:
    """Open what gives the scores, as :func:`equilingual.retrieval.systems.open_system` does.

    Args:
        spec: what it is made of.
        tables: of the benchmark.
        benchmark: its folder, for the texts.
        threads: of the CPU, where vectors are multiplied on a GPU; None leaves them to the CPU.

    Raises:
        EmbeddingsError: there is not one finite vector per query and candidate.

    """
    with compute_device(threads) if threads is not None else nullcontext("cpu") as device:
        yield open_system(spec, tables=tables, benchmark=benchmark, device=device)


def wanted_pools(collection: Collection, runs: Several[str]) -> dict[str, slice]:
    """Return the pools whose first candidates are wanted, for run files of these settings."""
    return collection.pools() if {"monolingual", "cross-lingual"} & set(runs) else {ALL: collection.candidates}


@dataclass(frozen=True)
class Search:
    """The candidates that are ranked by the same scores.

    Attributes:
        languages: their rows by language.
        keep: the pools whose first candidates are wanted, with their rows.

    """

    languages: Sequence[slice]
    keep: Mapping[str, slice]


def searches_of(collection: Collection, wanted: Mapping[str, slice], *, by_pool: bool) -> dict[str, Search]:
    """Return the searches of a collection: of all pools, or, where scores depend on the pool, of each by its name.

    ``wanted`` has the pools whose first candidates are wanted.
    """
    if not by_pool:
        return {ALL: Search(list(collection.languages.values()), wanted)}
    return {pool: Search([rows], {pool: rows} if pool in wanted else {}) for pool, rows in collection.pools().items()}


def run_search(
    system: System,
    tables: BenchmarkTables,
    collection: Collection,
    search: Search,
    *,
    depth: int,
    threads: int,
    share: Share = WHOLE,
) -> Ranked | None:
    """Return the ranks of a collection's queries, or of a share of them; ``None`` for a share without any.

    Queries are shared in the blocks that they are multiplied in: a product of other blocks may have other last bits.
    """
    members = slice(search.languages[0].start, search.languages[-1].stop)
    relevant = tables.relevant[collection.queries]
    inside = (relevant >= members.start) & (relevant < members.stop)
    queries = Queries(collection.queries, np.where(inside, relevant, -1), tables.own[collection.queries])
    size = queries_at_once(members.stop - members.start, whole_rows=system.whole_rows)
    blocks = share.among(-(-len(queries.rows) // size))
    if share != WHOLE and not blocks:
        return None
    return rank_collection(
        system.scores(collection, members),
        queries=queries.part(slice(blocks.start * size, blocks.stop * size)),
        tie_order=tables.tie_order,
        languages=search.languages,
        keep=search.keep,
        depth=depth,
        whole_rows=system.whole_rows,
        threads=threads,
    )


def combined(found: Mapping[str, Ranked], collection: Collection) -> Ranked:
    """Return the ranks of a collection from those of its searches, by the names that these have."""
    if len(found) == 1:
        return found[ALL]
    return Ranked(
        within=np.sum([found[language].within for language in collection.languages], axis=0),
        across=found[ALL].across,
        best=np.concatenate([found[pool].best[:, :1] for pool in collection.pools()], axis=1),
        top={pool: top for one in found.values() for pool, top in one.top.items()},
        top_scores={pool: scores for one in found.values() for pool, scores in one.top_scores.items()},
    )
