"""Maps of the language bias: median rank, and what each language is shown of, from ``results/bias/``."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from equilingual.report.board import Board, Row
from equilingual.report.colours import LETTERS, letter_of
from equilingual.report.formatting import MISSING, is_number, language_name
from equilingual.report.heatmaps import Cell, HeatMap, Legend, Matrix, ModelMaps, models_shown
from equilingual.report.records import Hash, Table

# A part of heatmaps.MOST_CELLS' size again: 59 languages have 3,481 cells in each of two maps.
MOST_CELLS = 7_000
_FARTHEST = 3.0  # doublings of a language's share at the ends of the scale

Record = Mapping[str, Any]


@dataclass(frozen=True)
class BiasMaps:
    """The maps of one benchmark: median ranks on one scale, and shares of the first ten against those of the pool.

    Attributes:
        shares: by candidate language, its share of the pool and of each model's first ten places.

    """

    benchmark: str
    languages: list[tuple[str, str]]  # tag, name
    legend: Legend
    share_legend: Legend
    models: list[ModelMaps]
    left_out: int
    shares: Table


def bias_maps(
    board: Board, benchmark: str, records: Mapping[str, Record], most_cells: int = MOST_CELLS
) -> BiasMaps | None:
    """Return a benchmark's maps, or None where no model searched all languages at once.

    Args:
        board: the scores.
        benchmark: its name.
        records: ``results/bias/{model}/{benchmark}.json`` by ``{model}/{benchmark}``; seeds are averaged.
        most_cells: of all maps; the maps of the models in the middle are left out where there were more, and counted.

    """
    by_row: dict[Row, list[Record]] = {}
    for name, record in records.items():
        model, _, asked = name.rpartition("/")
        if asked == benchmark and model in board.models and record.get("languages"):
            by_row.setdefault(board.models[model][0], []).append(record)
    found = {row: by_row[row] for row in board.rows_of(benchmark) if row in by_row}
    if not found:
        return None
    tags = list(next(iter(found.values()))[0]["languages"])
    ranks = {row: _mean_matrix([_by_query(one, "median_rank", tags) for one in many]) for row, many in found.items()}
    shares = {row: _mean_matrix([_by_query(one, "shares", tags) for one in many]) for row, many in found.items()}
    pool = [float(share) for share in next(iter(found.values()))[0]["pool_shares"]]
    shown = models_shown(list(found), most_cells, 2 * len(tags) ** 2)
    highest = max((math.log2(max(v, 1)) for row in shown for line in ranks[row] for v in line if v), default=1.0) or 1.0
    models = [
        ModelMaps(
            row.label,
            len(board.seeds[row]),
            HeatMap("Median rank", "s", _rank_rows(tags, ranks[row], highest)),
            HeatMap("Share of the first ten ÷ share of the pool", "d", _share_rows(tags, shares[row], pool)),
        )
        for row in shown
    ]
    legend = Legend("s", LETTERS, "1", _rank(2 ** (highest / 2)), _rank(2**highest))
    share_legend = Legend("d", LETTERS, "⅛×", "1×", "8×")
    names = [(tag, language_name(tag)) for tag in tags]
    table = _share_table(board, benchmark, tags, shares, pool)
    return BiasMaps(benchmark, names, legend, share_legend, models, len(found) - len(shown), table)


def _by_query(record: Record, name: str, tags: Sequence[str]) -> Matrix:
    """Return a table of the record with a row for every language; one that is not asked in has None in all cells."""
    position = {tag: place for place, tag in enumerate(record["languages"])}
    rows = record.get(name) or {}
    return [
        [rows[query][position[tag]] if query in rows and tag in position else None for tag in tags] for query in tags
    ]


def _mean_matrix(matrices: Sequence[Matrix]) -> Matrix:
    """Return the mean of several matrices, cell by cell, over those that have a value."""
    return [[_mean(cells) for cells in zip(*lines, strict=True)] for lines in zip(*matrices, strict=True)]


def _mean(values: Sequence[float | None]) -> float | None:
    found = [value for value in values if is_number(value)]
    return sum(found) / len(found) if found else None


def _rank(value: float) -> str:
    """Return a rank in at most four characters: 1.5, 42, 870, 1.2k, 13k."""
    if value < 10:
        return f"{value:.1f}".removesuffix(".0")
    if value < 999.5:
        return f"{value:.0f}"
    return f"{value / 1000:.1f}k" if value < 9950 else f"{value / 1000:.0f}k"


def _rank_rows(tags: Sequence[str], matrix: Matrix, highest: float) -> list[tuple[str, list[Cell]]]:
    """Return the cells of median ranks, coloured by their logarithms."""
    return [
        (
            query,
            [
                Cell(MISSING, "z", tag == query)
                if value is None
                else Cell(_rank(value), letter_of(math.log2(max(value, 1)), 0.0, highest), tag == query)
                for tag, value in zip(tags, line, strict=True)
            ],
        )
        for query, line in zip(tags, matrix, strict=True)
    ]


def _share_rows(tags: Sequence[str], matrix: Matrix, pool: Sequence[float]) -> list[tuple[str, list[Cell]]]:
    """Return the cells of each language's share over its share of the pool, coloured by their logarithms."""
    return [
        (query, [_share_cell(value, part, tag == query) for tag, value, part in zip(tags, line, pool, strict=True)])
        for query, line in zip(tags, matrix, strict=True)
    ]


def _share_cell(share: float | None, part: float, diagonal: bool) -> Cell:
    if share is None or not part:
        return Cell(MISSING, "z", diagonal)
    times = share / part
    place = math.log2(times) if times > 0 else -_FARTHEST
    return Cell(f"{times:.0f}" if times >= 9.95 else f"{times:.1f}", letter_of(place, -_FARTHEST, _FARTHEST), diagonal)


def _share_table(
    board: Board, benchmark: str, tags: Sequence[str], shares: Mapping[Row, Matrix], pool: Sequence[float]
) -> Table:
    """Return by candidate language its share of the pool and of the first ten, averaged over query languages."""
    rows: list[list[str | Hash]] = []
    for place, tag in enumerate(tags):
        means = [_mean([line[place] for line in matrix]) for matrix in shares.values()]
        cells = [MISSING if mean is None else f"{mean:.1%}" for mean in means]
        rows.append([f"{tag} {language_name(tag)}", f"{pool[place]:.1%}", *cells])
    columns = ["Candidate language", "Pool", *(row.label for row in shares)]
    caption = f"{benchmark}: share of each language in the first ten places, mean over query languages"
    return Table(caption, columns, set(columns[1:]), rows)
