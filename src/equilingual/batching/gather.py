"""Gather the texts of a plan, in memory that does not grow with the corpus.

The corpus's files are read once, in order. Every text that the plan wants goes into the scratch file of its part of
the plan; then each part, small enough for the memory, is put in order and handed on.
"""

import tempfile
from collections.abc import Iterator, Sequence
from os import PathLike

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from equilingual.batching.pairs import ParallelPairs
from equilingual.batching.plans import MODES, Plan
from equilingual.files import read_columns

BYTES_AT_ONCE = 64 * 2**20  # of text in one part

BATCH_SCHEMA = pa.schema(
    [("batch_id", pa.int64()), ("slot", pa.int64()), ("mode", pa.string())]
    + [
        (name, pa.string())
        for name in ("query_language", "passage_language", "pair_id", "passage_id", "query", "passage")
    ]
)

_QUERY, _PASSAGE = 0, 1
_SCRATCH = pa.schema([("side", pa.int8()), ("place", pa.int64()), ("id", pa.string()), ("text", pa.string())])


def gather_texts(
    pairs: ParallelPairs, plan: Plan, ranges: Sequence[tuple[int, int]], folder: str | PathLike[str]
) -> Iterator[pa.Table]:
    """Yield the rows of each range of batches, in order, with the columns of :data:`BATCH_SCHEMA`.

    Args:
        pairs: the training set.
        plan: its batches.
        ranges: (first batch, last batch + 1), one after the other, without gaps.
        folder: where the scratch files lie; they have no names, so that a killed process leaves none.

    """
    with _Scratch(ranges, plan.pairs.shape[1], folder) as scratch:
        for number in range(len(pairs.languages)):
            _scatter(pairs, plan, number, scratch)
        for part, (first, last) in enumerate(ranges):
            yield _assemble(pairs, plan, first, last, scratch.read(part))


def _scatter(pairs: ParallelPairs, plan: Plan, number: int, scratch: "_Scratch") -> None:
    """Read one language's files and write what the plan wants of them to the scratch files."""
    wanted = [
        (_QUERY, "pair_id", "question", *_places(pairs, plan.pairs, plan.query_languages, number)),
        (_PASSAGE, "passage_id", "passage", *_places(pairs, plan.pairs, plan.passage_languages, number)),
    ]
    start = 0
    for corpus in pairs.corpora:
        path = pairs.files[corpus][pairs.languages[number]]
        for batch in read_columns(path, ["pair_id", "passage_id", "question", "passage"]):
            for side, id_column, text_column, places, rows in wanted:
                from_, to = np.searchsorted(rows, [start, start + batch.num_rows])
                here = pa.array(rows[from_:to] - start)
                ids = pc.binary_join_element_wise(corpus, batch[id_column].take(here), "/")
                scratch.add(side, places[from_:to], ids, batch[text_column].take(here))
            start += batch.num_rows


def _places(
    pairs: ParallelPairs, chosen: np.ndarray, languages: np.ndarray, number: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of the plan that want a text in the language, and the rows that have it, in rows' order."""
    places = np.flatnonzero(languages.ravel() == number)
    rows = pairs.rows[chosen.ravel()[places], number]
    order = np.argsort(rows, kind="stable")
    return places[order], rows[order]


class _Scratch:
    """One nameless file for each part of the plan."""

    def __init__(self, ranges: Sequence[tuple[int, int]], batch_size: int, folder: str | PathLike[str]) -> None:
        self._ends = np.array([last * batch_size for _, last in ranges])
        self._files = [tempfile.TemporaryFile(dir=folder) for _ in ranges]  # noqa: SIM115 (closed on leaving)
        self._writers = [pa.ipc.new_stream(file, _SCRATCH) for file in self._files]

    def __enter__(self) -> "_Scratch":
        return self

    def __exit__(self, *error: object) -> None:
        for file in self._files:
            file.close()

    def add(self, side: int, places: np.ndarray, ids: pa.Array, texts: pa.Array) -> None:
        """Write texts to the parts that their places are in."""
        parts = np.searchsorted(self._ends, places, side="right")
        order = np.argsort(parts, kind="stable")
        sides = pa.array(np.full(len(places), side, dtype=np.int8))
        columns = [sides, pa.array(places), ids, texts.cast(pa.string())]
        rows = pa.record_batch(columns, schema=_SCRATCH).take(pa.array(order))
        numbers, starts = np.unique(parts[order], return_index=True)
        for part, start, end in zip(numbers, starts, [*starts, len(order)][1:], strict=True):
            self._writers[part].write_batch(rows.slice(start, end - start))

    def read(self, part: int) -> pa.Table:
        """Return all that was written to a part; its file is emptied."""
        self._writers[part].close()
        self._files[part].seek(0)
        table = pa.ipc.open_stream(self._files[part]).read_all()
        self._files[part].close()
        return table


def _assemble(pairs: ParallelPairs, plan: Plan, first: int, last: int, texts: pa.Table) -> pa.Table:
    size = plan.pairs.shape[1]
    batches = np.arange(first, last)
    side, place = (texts[name].to_numpy() for name in ("side", "place"))
    order = np.lexsort((place, side))
    ordered = texts.select(["id", "text"]).take(pa.array(order))
    count = len(batches) * size
    queries, passages = (ordered.slice(which * count, count) for which in (_QUERY, _PASSAGE))
    names = pa.array(pairs.languages, pa.string())
    columns = [
        pa.array(batches.repeat(size)),
        pa.array(np.tile(np.arange(size), len(batches))),
        pa.array(MODES, pa.string()).take(pa.array(plan.modes[first:last].repeat(size))),
        names.take(pa.array(plan.query_languages[first:last].ravel())),
        names.take(pa.array(plan.passage_languages[first:last].ravel())),
        queries["id"],
        passages["id"],
        queries["text"],
        passages["text"],
    ]
    return pa.table(columns, schema=BATCH_SCHEMA)


def text_bytes(pairs: ParallelPairs) -> float:
    """Return about how many bytes the texts of one row of a batch are, from the sizes in the files' own metadata."""
    rows = size = 0
    for by_language in pairs.files.values():
        for path in by_language.values():
            metadata = pq.read_metadata(path)
            rows += metadata.num_rows
            for group in range(metadata.num_row_groups):
                for number in range(metadata.num_columns):
                    column = metadata.row_group(group).column(number)
                    if column.path_in_schema in {"pair_id", "passage_id", "question", "passage"}:
                        size += column.total_uncompressed_size
    return size / max(rows, 1)
