"""Maps of query language × candidate language: mAP, and its difference to the base encoder."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from equilingual.report.board import Board, Row
from equilingual.report.colours import LETTERS, letter_of
from equilingual.report.formatting import MISSING, format_cell, format_difference, language_name

# About 0.7 MB: with more the page would break its limit of 2 MB.
MOST_CELLS = 20_000


@dataclass(frozen=True)
class Cell:
    """One pair of languages: its text, its colour's class, and whether it is monolingual."""

    text: str
    letter: str
    diagonal: bool


@dataclass(frozen=True)
class HeatMap:
    """One map.

    Attributes:
        kind: ``s`` for mAP, ``d`` for a difference.
        rows: per query language, its cells by candidate language.

    """

    caption: str
    kind: str
    rows: list[tuple[str, list[Cell]]]


@dataclass(frozen=True)
class Legend:
    """A scale: its colours' classes with the values at its ends and in its middle."""

    kind: str
    letters: str
    low: str
    middle: str
    high: str


@dataclass(frozen=True)
class ModelMaps:
    """What one model shows: its map and its difference to the base encoder (None for that encoder itself)."""

    label: str
    seeds: int
    value: HeatMap
    difference: HeatMap | None


@dataclass(frozen=True)
class BenchmarkMaps:
    """All maps of one benchmark, on common scales.

    Attributes:
        left_out: maps of so many models do not fit the page.
        merged: the names of the rows that have those of the row that they merge.

    """

    benchmark: str
    languages: list[tuple[str, str]]  # tag, name
    legend: Legend
    difference_legend: Legend | None
    models: list[ModelMaps]
    left_out: int
    merged: list[str]


Matrix = list[list[float | None]]


def value_matrix(board: Board, row: Row, benchmark: str) -> Matrix:
    """Return mAP by query language (rows) and candidate language (columns), in the benchmark's order."""
    tags = board.languages[benchmark]
    return [[board.cell(row, benchmark, query, pool) for pool in tags] for query in tags]


def subtract(matrix: Matrix, other: Matrix) -> Matrix:
    """Return ``matrix`` − ``other``, cell by cell; None where either is missing."""
    return [
        [None if a is None or b is None else a - b for a, b in zip(one, two, strict=True)]
        for one, two in zip(matrix, other, strict=True)
    ]


def benchmark_maps(board: Board, benchmark: str, most_cells: int = MOST_CELLS) -> BenchmarkMaps | None:
    """Return every model's maps on one benchmark, or None where it has no mAP by pair of languages.

    Where they would have more than ``most_cells`` cells, the maps of the last models are left out and counted.
    """
    tags = board.languages.get(benchmark, [])
    if "cross-lingual" not in board.settings(benchmark) or board.pivot(benchmark):
        return None  # one cell in each row; the tables by language have them
    found = {row: value_matrix(board, row, benchmark) for row in board.rows_of(benchmark)}
    found = {row: matrix for row, matrix in found.items() if _numbers([matrix])}
    merged = [row for row in found if row.is_merged]
    matrices = {row: matrix for row, matrix in found.items() if not row.is_merged}
    if not matrices:
        return None
    # The first has no map of a difference.
    rows = models_shown(list(matrices), most_cells + len(tags) ** 2, 2 * len(tags) ** 2)
    differences = {
        row: subtract(matrices[row], matrices[base]) for row in rows if (base := _base(board, row, matrices))
    }
    scale = _scale(_numbers(matrices.values()))
    spread = _spread(_numbers(differences.values()))
    models = [
        ModelMaps(
            row.label,
            len(board.seeds[row]),
            _map("mAP", tags, matrices[row], scale),
            _difference_map(board, row, tags, differences[row], spread) if row in differences else None,
        )
        for row in rows
    ]
    legend = Legend("s", LETTERS, format_cell(scale[0]), format_cell(sum(scale) / 2), format_cell(scale[1]))
    ends = (format_difference(-spread), "0", format_difference(spread))
    difference_legend = Legend("d", LETTERS, *ends) if differences else None
    names = [(tag, language_name(tag)) for tag in tags]
    labels = [row.label for row in merged]
    return BenchmarkMaps(benchmark, names, legend, difference_legend, models, len(matrices) - len(rows), labels)


def models_shown(rows: list[Row], most_cells: int, cells: int) -> list[Row]:
    """Return the rows whose maps, of so many ``cells``, are shown: at least one, and no more than fit.

    The last rows are the hybrid ones, which the page is about: those in the middle go first.
    """
    shown = max(1, most_cells // max(1, cells))
    return rows if len(rows) <= shown else rows[:1] + rows[len(rows) - shown + 1 :]


def _base(board: Board, row: Row, matrices: dict[Row, Matrix]) -> Row | None:
    base = board.baseline(row)
    return base if base != row and base in matrices else None


def _numbers(matrices: Iterable[Matrix]) -> list[float]:
    return [value for matrix in matrices for line in matrix for value in line if value is not None]


def _scale(values: list[float]) -> tuple[float, float]:
    """Return the tenths around all values."""
    low = math.floor(min(values) * 10 + 1e-9) / 10
    return low, max(math.ceil(max(values) * 10 - 1e-9) / 10, low + 0.1)


def _spread(values: list[float]) -> float:
    """Return the largest difference, rounded up to a multiple of 0.05."""
    largest = max(map(abs, values), default=0.0)
    return max(math.ceil(largest * 20 - 1e-9) / 20, 0.05)


def _map(caption: str, tags: list[str], matrix: Matrix, scale: tuple[float, float]) -> HeatMap:
    rows = [
        (tag, [_cell(value, format_cell(value), scale, tag == pool) for pool, value in zip(tags, line, strict=True)])
        for tag, line in zip(tags, matrix, strict=True)
    ]
    return HeatMap(caption, "s", rows)


def _difference_map(board: Board, row: Row, tags: list[str], matrix: Matrix, spread: float) -> HeatMap:
    scale = (-spread, spread)
    rows = [
        (
            tag,
            [
                _cell(value, format_difference(value), scale, tag == pool)
                for pool, value in zip(tags, line, strict=True)
            ],
        )
        for tag, line in zip(tags, matrix, strict=True)
    ]
    return HeatMap("Difference in mAP to the base encoder", "d", rows)


def _cell(value: float | None, text: str, scale: tuple[float, float], diagonal: bool) -> Cell:
    return Cell(MISSING if value is None else text, "z" if value is None else letter_of(value, *scale), diagonal)
