"""The stage ``rank_block``: one of several jobs that rank a benchmark's candidates, for ``rank_candidates`` to join.

in:  as ``rank_candidates``
out: ``results/ranks/{model}/{benchmark}/block-{block}.npz``, arrays as NumPy writes them: ``share`` (the block's
     number, and how many there are), and those of :meth:`equilingual.retrieval.ranked.Ranked.arrays`, named
     ``{number of the collection}/{search}/{array}``; then the checksum of :func:`equilingual.files.append_checksum`
"""

import zipfile
from collections.abc import Collection as Several
from collections.abc import Sequence
from os import PathLike

import numpy as np

from equilingual.evaluation.searches import combined, ranking_system, run_search, searches_of, wanted_pools
from equilingual.files import append_checksum, damaged, reading, replacing, verify_checksum
from equilingual.retrieval.ranked import Ranked
from equilingual.retrieval.systems import SystemSpec
from equilingual.retrieval.tables import BenchmarkTables, Collection, read_tables
from equilingual.shares import Share

Place = str | PathLike[str]
_SHARE = "share"


def rank_block(
    *,
    benchmark: Place,
    system: SystemSpec,
    depth: int,
    share: Share,
    threads: int,
    out: Place,
    gpu: bool = False,
    runs: Several[str] = (),
) -> None:
    """Rank for one of several blocks of a benchmark's queries.

    Args:
        benchmark: the folder of its tables.
        system: what gives the scores; this and the rest are as of
            :func:`equilingual.evaluation.ranks.rank_candidates`.
        depth: of the run files.
        share: which block, of how many. It may have no queries: those that are multiplied at once stay together.
        threads: blocks of queries that are worked on at once.
        out: the file.
        gpu: whether vectors are multiplied on one, if any.
        runs: the settings that have run files.

    Raises:
        EmbeddingsError: there is not one finite vector per query and candidate.

    """
    tables = read_tables(benchmark)
    found = {_SHARE: np.array([share.number, share.of])}
    on_gpu = threads if gpu else None
    with ranking_system(system, tables=tables, benchmark=benchmark, threads=on_gpu) as scores:
        for number, collection in enumerate(tables.collections):
            searches = searches_of(collection, wanted_pools(collection, runs), by_pool=scores.by_pool)
            for name, one in searches.items():
                ranked = run_search(scores, tables, collection, one, depth=depth, threads=threads, share=share)
                for array, values in (ranked.arrays() if ranked is not None else {}).items():
                    found[f"{number}/{name}/{array}"] = values
    _write(found, out)


def _write(arrays: dict[str, np.ndarray], out: Place) -> None:
    with replacing(out) as temporary:
        with open(temporary, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy's stub takes the arrays for its own option
        append_checksum(temporary)


class Blocks:
    """The ranks of a benchmark in the files of its blocks."""

    def __init__(self, files: Sequence[Place]) -> None:
        """Open and check the files, which are in the order of the blocks.

        Raises:
            DamagedFileError: one is damaged or missing, or is another block.

        """
        self._files = files
        self._found = [_read_block(file, Share(number, len(files))) for number, file in enumerate(files)]

    def ranked(self, tables: BenchmarkTables, number: int) -> Ranked:
        """Return the ranks of a collection, by its number.

        Raises:
            DamagedFileError: they are not those of all its queries.

        """
        collection = tables.collections[number]
        searches: dict[str, list[dict[str, np.ndarray]]] = {}
        for found in self._found:
            own: dict[str, dict[str, np.ndarray]] = {}
            for key, values in found.items():
                place, _, rest = key.partition("/")
                name, _, array = rest.partition("/")
                if place == str(number):
                    own.setdefault(name, {})[array] = values
            for name, arrays in own.items():
                searches.setdefault(name, []).append(arrays)
        ranked = {name: Ranked.joined([Ranked.of_arrays(part) for part in parts]) for name, parts in searches.items()}
        self._check(ranked, collection)
        return combined(ranked, collection)

    def _check(self, ranked: dict[str, Ranked], collection: Collection) -> None:
        counts = sorted({len(one.within) for one in ranked.values()})
        if counts != [len(collection.queries)]:
            found = ", ".join(map(str, counts)) or "no"
            why = f"all blocks together have the ranks of {found} queries, and there are {len(collection.queries)}"
            raise damaged(self._files[0], why)


def _read_block(file: Place, share: Share) -> dict[str, np.ndarray]:
    """Return the arrays of a block's file."""
    with reading(file, zipfile.BadZipFile, ValueError, EOFError, KeyError):
        if not verify_checksum(file):
            raise damaged(file, "its checksum differs")
        with np.load(file) as archive:
            found = {name: archive[name] for name in archive.files}
        if found.pop(_SHARE).tolist() != [share.number, share.of]:
            raise damaged(file, f"it is not block {share.number} of {share.of}")
        return found
