"""Exact ranks, counted and not sorted out, and the first candidates of every pool.

A candidate's rank in a pool is 1 + the candidates with a higher score + those with the same score that come before it
in the order of ties. The score matrix is never held: queries are taken in blocks, and the candidates of a large
collection in tiles.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from equilingual.retrieval.ranked import Queries, Ranked

_WHOLE = 131_072  # collections up to this size are scored in whole rows
_TILE = 16_384
_SCORES_AT_ONCE = 16_777_216  # 64 MB of float32 for each thread, and as much again for what is sorted

# Takes rows of the queries (int64) and a slice of the candidates; returns float32 [queries, candidates of the slice].
Scores = Callable[[np.ndarray, slice], np.ndarray]
_Top = dict[str, tuple[np.ndarray, np.ndarray]]  # by pool: rows of the candidates and their scores, best first


@dataclass
class _Block:
    """The queries of a block, while their candidates come by."""

    rows: np.ndarray
    relevant: np.ndarray
    own: np.ndarray
    tie_order: np.ndarray
    scores: np.ndarray  # of the relevant candidates
    within: np.ndarray
    across: np.ndarray
    best: np.ndarray
    best_scores: np.ndarray


@dataclass(frozen=True)
class _ColumnOrder:
    """A tile's columns in two orders: all by ties, and language by language, each by ties.

    Attributes:
        starts: the first row of each language.
        by_ties: int64 [columns], the columns in the order of ties.
        ties: int64 [columns], their places in the order of ties, ascending.
        by_language: int64 [columns], the columns language by language.
        numbers: int64 [columns], :meth:`_numbers` of these, ascending.

    """

    starts: np.ndarray
    by_ties: np.ndarray
    ties: np.ndarray
    by_language: np.ndarray
    numbers: np.ndarray

    @classmethod
    def of(cls, tile: slice, languages: Sequence[slice], tie_order: np.ndarray) -> "_ColumnOrder":
        """Sort the columns of a tile."""
        starts = np.array([language.start for language in languages])
        rows = np.arange(tile.start, tile.stop)
        numbers = cls._numbers(starts, rows, tie_order)
        by_ties, by_language = np.argsort(tie_order[rows]), np.argsort(numbers)
        return cls(starts, by_ties, tie_order[rows][by_ties], by_language, numbers[by_language])

    @staticmethod
    def _numbers(starts: np.ndarray, rows: np.ndarray, tie_order: np.ndarray) -> np.ndarray:
        """Return numbers that are in the order of ties within a language, and higher in a later one."""
        numbers: np.ndarray = starts.searchsorted(rows, side="right") * len(tie_order) + tie_order[rows]
        return numbers

    def places(self, rows: np.ndarray, tie_order: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return how many columns come before each row in the first order, in the second, and before its language."""
        numbers = self._numbers(self.starts, rows, tie_order)
        of_language = self.numbers.searchsorted(numbers - tie_order[rows])
        return self.ties.searchsorted(tie_order[rows]), self.numbers.searchsorted(numbers), of_language


def rank_collection(
    scores: Scores,
    *,
    queries: Queries,
    tie_order: np.ndarray,
    languages: Sequence[slice],
    keep: Mapping[str, slice],
    depth: int,
    whole_rows: bool = False,
    threads: int = 1,
) -> Ranked:
    """Rank the candidates of a collection for its queries.

    Args:
        scores: of any of the queries with any slice of the candidates. The same call gives the same bits.
        queries: those that are ranked for.
        tie_order: int64, by row of the candidates: of two that score alike, the one with the lower number comes first.
            Each has one of 0, 1, 2, …
        languages: the candidates of each language; adjacent, ascending.
        keep: the pools whose first ``depth`` candidates are wanted; every one is one of ``languages`` or all of them.
        depth: how many.
        whole_rows: whether scores of a query depend on all of its candidates, so that they are asked for together.
        threads: blocks of queries that are worked on at once.

    Raises:
        ValueError: a score is not finite; NaN would count as rank 1.

    """
    everything = slice(languages[0].start, languages[-1].stop)
    width = everything.stop - everything.start
    tile, size = _tile(width, whole_rows), queries_at_once(width, whole_rows=whole_rows)
    tiles = [
        slice(start, min(start + tile, everything.stop)) for start in range(everything.start, everything.stop, tile)
    ]

    @lru_cache(maxsize=1)  # the one tile of whole rows is every block's
    def order_of(start: int, stop: int) -> "_ColumnOrder":
        return _ColumnOrder.of(slice(start, stop), languages, tie_order)

    def work(start: int) -> tuple[_Block, _Top]:
        block = _new_block(queries.part(slice(start, start + size)), tie_order, len(languages))
        return block, _rank_block(scores, block, languages, tiles, keep, depth, order_of)

    from threadpoolctl import threadpool_limits

    # Each thread multiplies by itself: libraries that share out every product among all processors slow each other.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads) as executor:
        done = list(executor.map(work, range(0, len(queries.rows), size)))
    return _joined(done, keep)


def _tile(width: int, whole_rows: bool) -> int:
    """Return how many candidates of ``width`` are scored at once."""
    return width if whole_rows or width <= _WHOLE else _TILE


def queries_at_once(width: int, *, whole_rows: bool) -> int:
    """Return how many queries are scored at once, with a collection of ``width`` candidates: a block."""
    tile = _tile(width, whole_rows)
    return max(1, min(2048 if tile < width else 512, _SCORES_AT_ONCE // tile))


def _joined(done: Sequence[tuple[_Block, _Top]], pools: Iterable[str]) -> Ranked:
    """Return the ranks of all blocks, in their order."""
    tops = {pool: [top[pool] for _, top in done] for pool in pools}
    return Ranked(
        within=np.concatenate([block.within for block, _ in done]),
        across=np.concatenate([block.across for block, _ in done]),
        best=np.concatenate([block.best for block, _ in done]),
        top={pool: np.concatenate([rows for rows, _ in parts]) for pool, parts in tops.items()},
        top_scores={pool: np.concatenate([values for _, values in parts]) for pool, parts in tops.items()},
    )


def _new_block(queries: Queries, tie_order: np.ndarray, languages: int) -> _Block:
    rows, relevant = queries.rows, queries.relevant
    return _Block(
        rows,
        relevant,
        queries.own,
        tie_order,
        scores=np.full(relevant.shape, np.nan, dtype=np.float32),
        within=(relevant >= 0).astype(np.int64),
        across=(relevant >= 0).astype(np.int64),
        best=np.full((len(rows), languages + 1), -1, dtype=np.int64),
        best_scores=np.full((len(rows), languages + 1), -np.inf, dtype=np.float32),
    )


def _rank_block(
    scores: Scores,
    block: _Block,
    languages: Sequence[slice],
    tiles: Sequence[slice],
    keep: Mapping[str, slice],
    depth: int,
    order_of: "Callable[[int, int], _ColumnOrder]",
) -> _Top:
    """Fill in a block; return the rows and scores of what is first in the pools of ``keep``."""
    relevant, empty = block.relevant, (len(block.rows), 0)
    top = {pool: (np.empty(empty, dtype=np.int64), np.empty(empty, dtype=np.float32)) for pool in keep}
    tile_scores = None
    for tile in tiles:
        tile_scores = _score_tile(scores, block, tile)
        inside = (relevant >= tile.start) & (relevant < tile.stop)
        at = np.nonzero(inside)
        block.scores[at] = tile_scores[at[0], relevant[at] - tile.start]
    for tile in tiles:
        # The scores of one tile are still there; those of several are worked out again, which holds less.
        values = tile_scores if len(tiles) == 1 and tile_scores is not None else _score_tile(scores, block, tile)
        highest: list[tuple[slice, np.ndarray]] = []  # the highest scores of each language's part, ascending
        equal = np.zeros(relevant.shape, dtype=np.int64)
        for number, language in enumerate(languages):
            piece = _common(tile, language)
            if piece.start < piece.stop:
                part = values[:, piece.start - tile.start : piece.stop - tile.start]
                ordered = np.sort(part, axis=1)
                equal += _count_piece(block, part, ordered, piece, number, language)
                highest.append((piece, ordered[:, -depth:] if keep else ordered[:, :0]))
        _count_ties(block, values, equal, tile, order_of)
        for pool, members in keep.items():
            piece = _common(tile, members)
            if piece.start < piece.stop:
                part = values[:, piece.start - tile.start : piece.stop - tile.start]
                inside = [scores for own, scores in highest if piece.start <= own.start and own.stop <= piece.stop]
                first = _first(part, piece.start, depth, inside, block.tie_order)
                top[pool] = _merge_top(*top[pool], *first, depth, block.tie_order)
    return top


def _common(one: slice, other: slice) -> slice:
    return slice(max(one.start, other.start), min(one.stop, other.stop))


def _score_tile(scores: Scores, block: _Block, tile: slice) -> np.ndarray:
    values = scores(block.rows, tile)
    left_out = own_places(block.own, tile)
    values[left_out] = 0
    if not np.isfinite(values).all():
        raise ValueError(f"scores of queries {block.rows[0]} to {block.rows[-1]} are not all finite")
    values[left_out] = -np.inf
    return values


def own_places(own: np.ndarray, some: slice) -> tuple[np.ndarray, np.ndarray]:
    """Return which scores of a slice of the candidates are of those that a query leaves out: (queries, columns).

    ``own`` is int64 [queries, O], -1 for padding.
    """
    query, place = np.nonzero((own >= some.start) & (own < some.stop))
    return query, own[query, place] - some.start


def _count_piece(
    block: _Block, values: np.ndarray, ordered: np.ndarray, piece: slice, number: int, language: slice
) -> np.ndarray:
    """Count what scores higher among a piece of one language's candidates, and see which is the best.

    ``ordered`` are the ``values`` in ascending order. Returns how many score the same as each relevant candidate.
    """
    relevant = block.relevant
    right, left = (_search(ordered, block.scores, side) for side in ("right", "left"))
    ahead = np.where(relevant >= 0, values.shape[1] - right, 0)
    block.across += ahead
    block.within += np.where((relevant >= language.start) & (relevant < language.stop), ahead, 0)
    first, found = _best(values, ordered, block.tie_order[piece]) + piece.start, ordered[:, -1]
    for column in (number, -1):
        last, scores = block.best[:, column], block.best_scores[:, column]
        earlier = (found == scores) & (last >= 0) & (block.tie_order[first] < block.tie_order[last])
        better = (found > scores) | earlier
        block.best[better, column] = first[better]
        block.best_scores[better, column] = found[better]
    equal: np.ndarray = right - left
    return equal


def _best(values: np.ndarray, ordered: np.ndarray, tie_order: np.ndarray) -> np.ndarray:
    """Return the column of each row's highest value, int64 [rows]; of several the first in the order of ties."""
    columns: np.ndarray = values.argmax(axis=1)
    if values.shape[1] > 1 and len(tied := np.flatnonzero(ordered[:, -1] == ordered[:, -2])):
        step = max(1, _SCORES_AT_ONCE // (8 * values.shape[1]))
        for rows in (tied[start : start + step] for start in range(0, len(tied), step)):
            highest = values[rows] == ordered[rows, -1:]
            columns[rows] = np.where(highest, tie_order, np.iinfo(np.int64).max).argmin(axis=1)
    return columns


def _count_ties(
    block: _Block, values: np.ndarray, equal: np.ndarray, tile: slice, order_of: "Callable[[int, int], _ColumnOrder]"
) -> None:
    """Count, for every relevant candidate, those of a tile that score the same and come before it.

    ``equal`` says how many score the same, a relevant candidate of the tile itself included.
    """
    inside = (block.relevant >= tile.start) & (block.relevant < tile.stop)
    query, column = np.nonzero(equal > inside)
    if not len(query):
        return
    # Those of one query that share a score stand together: what scores the same is looked for once.
    order = np.lexsort((block.scores[query, column], query))
    query, column = query[order], column[order]
    score, relevant = block.scores[query, column], block.relevant[query, column]
    is_new = np.concatenate(([True], (query[1:] != query[:-1]) | (score[1:] != score[:-1])))
    firsts = np.append(np.flatnonzero(is_new), len(query))

    columns = order_of(tile.start, tile.stop)
    place, language_place, language_start = columns.places(relevant, block.tie_order)

    step = max(1, _SCORES_AT_ONCE // (8 * values.shape[1]))
    for part in range(0, len(firsts) - 1, step):
        heads = firsts[part : part + step + 1]
        here = slice(heads[0], heads[-1])
        same = values[query[heads[:-1]]] == score[heads[:-1], None]
        line = np.repeat(np.arange(len(same)), np.diff(heads))
        counts = _running_counts(same[:, columns.by_ties])
        block.across[query[here], column[here]] += counts[line, place[here]]
        counts = _running_counts(same[:, columns.by_language])
        ahead = counts[line, language_place[here]] - counts[line, language_start[here]]
        block.within[query[here], column[here]] += ahead


def _running_counts(marks: np.ndarray) -> np.ndarray:
    """Return int32 [rows, columns + 1]: how many of the first 0, 1, 2, … are true."""
    counts = np.zeros((len(marks), marks.shape[1] + 1), dtype=np.int32)
    np.cumsum(marks, axis=1, out=counts[:, 1:])
    return counts


def _search(ordered: np.ndarray, wanted: np.ndarray, side: Literal["left", "right"]) -> np.ndarray:
    """Return what ``numpy.searchsorted`` does, for every row at once: int64, in the shape of ``wanted``."""
    count = ordered.shape[1]
    starts = np.arange(len(ordered))[:, None] * count
    flat = ordered.reshape(-1)
    goes_right = np.less_equal if side == "right" else np.less
    low, high = np.zeros(wanted.shape, dtype=np.int64), np.full(wanted.shape, count)
    for _ in range(count.bit_length()):
        middle = (low + high) >> 1
        up = (low < high) & goes_right(flat.take(starts + np.minimum(middle, count - 1)), wanted)
        low, high = np.where(up, middle + 1, low), np.where(up, high, np.minimum(middle, high))
    return low


def _first(
    values: np.ndarray, start: int, depth: int, highest: Sequence[np.ndarray], tie_order: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows and scores of the first ``depth`` candidates, ties in their order; -1 for padding.

    ``highest`` has, in parts, the ``depth`` highest scores of every query, and perhaps more.
    """
    depth = min(depth, values.shape[1])
    scores = np.concatenate(highest, axis=1)
    scores = np.sort(np.partition(scores, scores.shape[1] - depth, axis=1)[:, scores.shape[1] - depth :], axis=1)[
        :, ::-1
    ]
    least = np.maximum(scores[:, -1], np.finfo(np.float32).min)  # what is left out has -inf
    rows = np.full(scores.shape, -1, dtype=np.int64)
    query, place = np.nonzero(values > least[:, None])
    order = np.lexsort((tie_order[place + start], -values[query, place], query))
    rows[query, _number_of_each(query)] = place[order] + start
    above = np.bincount(query, minlength=len(values))
    tied = values == least[:, None]
    # Of many with the least score only the first are wanted: elsewhere their rows would take more than the scores.
    for row in np.flatnonzero(tied.sum(axis=1) > depth - above):
        same, room = np.flatnonzero(tied[row]), depth - above[row]
        tied[row, same[np.argpartition(tie_order[same + start], room - 1)[room:]]] = False
    query, place = np.nonzero(tied)
    order = np.lexsort((tie_order[place + start], query))
    rows[query, above[query] + _number_of_each(query)] = place[order] + start
    return rows, scores


def _number_of_each(ascending: np.ndarray) -> np.ndarray:
    """Return 0, 1, 2, … for the elements of each run of equal values."""
    return np.arange(len(ascending)) - np.searchsorted(ascending, ascending)


def _merge_top(
    rows: np.ndarray,
    scores: np.ndarray,
    more_rows: np.ndarray,
    more_scores: np.ndarray,
    depth: int,
    tie_order: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the best of two lists."""
    if not rows.shape[1]:
        return more_rows, more_scores
    rows, scores = np.hstack((rows, more_rows)), np.hstack((scores, more_scores))
    order = np.lexsort((tie_order[rows], -scores), axis=1)[:, :depth]
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)
