"""Gather the texts of a plan, in memory that does not grow with the corpus.

The corpus's files are read once, in order. Every text that the plan wants goes into the scratch file of its part of
the plan; then each part, small enough for the memory, is put in order and handed on.
"""

import tempfile
from collections.abc import Iterator, Sequence
from os import PathLike
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equilingual.batching.companions import FIRST_SIDE, companion_columns, companion_fields, companion_texts
from equilingual.batching.negatives import NEGATIVE_LANGUAGES, NEGATIVES, NegativeChoices
from equilingual.batching.pairs import ParallelPairs
from equilingual.batching.plans import MODES, Plan
from equilingual.batching.positives import POSITIVE_LANGUAGES, POSITIVES
from equilingual.parquet import ROWS_AT_ONCE, read_footer

BYTES_AT_ONCE = 64 * 2**20  # of text in one part

BATCH_SCHEMA = pa.schema(
    [("batch_id", pa.int64()), ("slot", pa.int64()), ("mode", pa.string())]
    + [
        (name, pa.string())
        for name in ("query_language", "passage_language", "pair_id", "passage_id", "query", "passage")
    ]
)

# Behind the others where hard negatives are asked for: the texts, the best first, and where each is from: "pair:" and
# the id of the pair whose passage it is, or "column:", its place in that column and the id of the pair that has it.
# They are in the language of the passage, unless another is asked for: then the third field has that of each.
NEGATIVE_FIELDS = [pa.field(name, pa.list_(pa.string())) for name in (NEGATIVES, "negative_ids", NEGATIVE_LANGUAGES)]

# Behind those, where a query has several positives: its pair's passage in other languages.
POSITIVE_FIELDS = [pa.field(name, pa.list_(pa.string())) for name in (POSITIVES, POSITIVE_LANGUAGES)]

# The last is the first hard negative's; the next is the second's, …, and behind the last are the further positives.
_QUERY, _PASSAGE, _NEGATIVE = 0, 1, 2
_SCRATCH = pa.schema([("side", pa.int16()), ("place", pa.int64()), ("id", pa.string()), ("text", pa.string())])


def gather_texts(
    pairs: ParallelPairs,
    plan: Plan,
    ranges: Sequence[tuple[int, int]],
    folder: str | PathLike[str],
    negatives: NegativeChoices | None = None,
) -> Iterator[pa.Table]:
    """Yield the rows of each range of batches, in order, with the columns of :func:`batch_schema`.

    Args:
        pairs: the training set.
        plan: its batches.
        ranges: (first batch, last batch + 1), one after the other, without gaps.
        folder: where the scratch files lie; they have no names, so that a killed process leaves none.
        negatives: what the plan's hard negatives are members of.

    """
    with _Scratch(ranges, plan.pairs.shape[1], folder) as scratch:
        for number in range(len(pairs.languages)):
            _scatter(pairs, _wanted(pairs, plan, number, negatives), number, scratch)
        for part, (first, last) in enumerate(ranges):
            yield _assemble(pairs, plan, first, last, scratch.read(part), negatives)


class _Wanted(NamedTuple):
    """What the plan wants of one column of a language, in the order of the rows.

    ``places`` are rows of the plan, ``rows`` those of the files; ``inside`` is the place in each row's list of hard
    negatives, or -1 for the passage that the row has.
    """

    side: int
    column: str
    id_column: str
    places: np.ndarray
    rows: np.ndarray
    inside: np.ndarray | None = None


def _wanted(pairs: ParallelPairs, plan: Plan, number: int, negatives: NegativeChoices | None) -> list[_Wanted]:
    """Return what the plan wants of one language."""
    rows = pairs.rows[:, number]
    queries, passages = (
        np.flatnonzero(languages.ravel() == number) for languages in (plan.query_languages, plan.passage_languages)
    )
    wanted = [
        _in_order(_QUERY, "question", "pair_id", queries, rows[plan.pairs.ravel()[queries]]),
        _in_order(_PASSAGE, "passage", "passage_id", passages, rows[plan.pairs.ravel()[passages]]),
    ]
    wanted += [
        _in_order(one.side, one.column, "pair_id", one.places, one.rows) for one in companion_texts(pairs, plan, number)
    ]
    if plan.positives is not None:
        for rank, languages in enumerate(np.moveaxis(plan.positives, 2, 0)):
            there = np.flatnonzero(languages.ravel() == number)
            side = _first_positive(negatives) + rank
            wanted.append(_in_order(side, "passage", "pair_id", there, rows[plan.pairs.ravel()[there]]))
    if plan.negatives is None or negatives is None:
        return wanted
    for which, languages in enumerate(np.moveaxis(negatives.languages(plan), 2, 0)):
        there = np.flatnonzero(languages.ravel() == number)
        for rank in range(plan.negatives.shape[2]):
            members = plan.negatives[:, :, rank].ravel()[there]
            places, members = there[members >= 0], members[members >= 0]
            owners, inside = negatives.locate(members)
            side = _NEGATIVE + rank * negatives.sides + which
            wanted.append(_in_order(side, "passage", "pair_id", places, rows[owners], inside))
    return wanted


def _in_order(
    side: int, column: str, id_column: str, places: np.ndarray, rows: np.ndarray, inside: np.ndarray | None = None
) -> _Wanted:
    order = np.argsort(rows, kind="stable")
    return _Wanted(side, column, id_column, places[order], rows[order], None if inside is None else inside[order])


def _scatter(pairs: ParallelPairs, wanted: Sequence[_Wanted], number: int, scratch: "_Scratch") -> None:
    """Read one language's files and write what is wanted of them to the scratch files."""
    columns = ["pair_id", "passage_id", "question", "passage"]
    inside = any(one.inside is not None and (one.inside >= 0).any() for one in wanted)
    optional = [NEGATIVES] if inside else []
    for corpus, start, batch in pairs.read(number, columns, optional=optional):
        for one in wanted:
            first, last = np.searchsorted(one.rows, [start, start + batch.num_rows]).tolist()
            # A plan may want a row of a small corpus thousands of times: no more than what is read is held at once.
            for low in range(first, last, ROWS_AT_ONCE):
                here = slice(low, min(low + ROWS_AT_ONCE, last))
                taken = batch.take(pa.array(one.rows[here] - start))
                ids = pc.binary_join_element_wise(corpus, taken[one.id_column], "/")
                texts = taken[one.column]
                if one.inside is not None:
                    ids, texts = _negatives_of(taken, ids, one.inside[here])
                scratch.add(one.side, one.places[here], ids, texts)


def _negatives_of(rows: pa.RecordBatch, ids: pa.Array, inside: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Return where the hard negatives of some rows are from, and their texts."""
    from_column = pa.array(inside >= 0)
    kinds = pc.if_else(
        from_column, pc.binary_join_element_wise("column", pc.cast(pa.array(inside), "string"), ":"), "pair"
    )
    ids = pc.binary_join_element_wise(kinds, ids, ":")
    if NEGATIVES not in rows.schema.names:
        return ids, rows["passage"]
    lists = rows[NEGATIVES]
    starts = np.asarray(lists.offsets)[:-1]
    own = lists.values.take(pa.array(np.where(inside >= 0, starts + inside, 0), mask=inside < 0))
    return ids, pc.if_else(from_column, own, rows["passage"])


def _allow_open_files(count: int) -> None:
    """Raise this process's own limit of open files, as far as the system lets it: 1,024 is a usual one."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 256
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class _Scratch:
    """One nameless file for each part of the plan."""

    def __init__(self, ranges: Sequence[tuple[int, int]], batch_size: int, folder: str | PathLike[str]) -> None:
        _allow_open_files(len(ranges))
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
        sides = pa.array(np.full(len(places), side, dtype=np.int16))
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


def _assemble(
    pairs: ParallelPairs, plan: Plan, first: int, last: int, texts: pa.Table, negatives: NegativeChoices | None
) -> pa.Table:
    size = plan.pairs.shape[1]
    batches = np.arange(first, last)
    companions = []
    if plan.companions:
        is_beside = pa.array(texts["side"].to_numpy() >= FIRST_SIDE)
        beside, texts = texts.filter(is_beside), texts.filter(pc.invert(is_beside))
        companions = list(companion_columns(pairs, plan, first, last, beside))
    side, place = (texts[name].to_numpy() for name in ("side", "place"))
    order = np.lexsort((place, side))
    count = len(batches) * size
    ordered = texts.select(["id", "text"]).take(pa.array(order[: 2 * count]))
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
    further = order[2 * count :]
    further = further[np.argsort(place[further], kind="stable")]  # by row, and of a row the best first
    are_positives = side[further] >= _first_positive(negatives)
    if negatives is not None:
        hard = further[~are_positives]
        taken = texts.select(["text", "id"]).take(pa.array(hard))
        which = (side[hard] - _NEGATIVE) % negatives.sides
        spoken = negatives.languages(plan).reshape(-1, negatives.sides)[place[hard], which]
        lists = [*(column.combine_chunks() for column in taken.columns), names.take(pa.array(spoken))]
        columns += _listed(lists[: _negative_columns(negatives)], place[hard] - first * size, count)
    if plan.positives is not None:
        more = further[are_positives]
        rank = side[more] - _first_positive(negatives)
        spoken = plan.positives.reshape(-1, plan.positives.shape[2])[place[more], rank]
        lists = [texts["text"].take(pa.array(more)).combine_chunks(), names.take(pa.array(spoken))]
        columns += _listed(lists, place[more] - first * size, count)
    return pa.table([*columns, *companions], schema=batch_schema(plan, negatives))


def _listed(columns: Sequence[pa.Array], rows: np.ndarray, count: int) -> list[pa.Array]:
    """Return columns of lists for ``count`` rows, given the row of each value, in order."""
    sizes = np.bincount(rows, minlength=count)
    offsets = pa.array(np.concatenate(([0], np.cumsum(sizes))).astype(np.int32))
    return [pa.ListArray.from_arrays(offsets, column) for column in columns]


def _first_positive(negatives: NegativeChoices | None) -> int:
    return _NEGATIVE + (0 if negatives is None else negatives.count * negatives.sides)


def _negative_columns(negatives: NegativeChoices) -> int:
    return len(NEGATIVE_FIELDS) - (negatives.language == "passage")


def batch_schema(plan: Plan, negatives: NegativeChoices | None) -> pa.Schema:
    """Return the columns of the shards: those of hard negatives, further positives and companions where some exist."""
    hard = [] if negatives is None else NEGATIVE_FIELDS[: _negative_columns(negatives)]
    positives = POSITIVE_FIELDS if plan.positives is not None else []
    return pa.schema([*BATCH_SCHEMA, *hard, *positives, *companion_fields(plan)])


def text_bytes(pairs: ParallelPairs, further: int = 0) -> float:
    """Return about how many bytes the texts of one row of a batch are, from the sizes in the files' own metadata.

    Each further text, a hard negative, a positive or a companion, counts as a row of its own: it may be as long as a
    passage, and has an id.
    """
    rows = size = 0
    for by_language in pairs.files.values():
        for path in by_language.values():
            metadata = read_footer(path)
            rows += metadata.num_rows
            for group in range(metadata.num_row_groups):
                for number in range(metadata.num_columns):
                    column = metadata.row_group(group).column(number)
                    if column.path_in_schema in {"pair_id", "passage_id", "question", "passage"}:
                        size += column.total_uncompressed_size
    return size / max(rows, 1) * (1 + further)
