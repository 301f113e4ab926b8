"""The leaderboard of one benchmark as the page has it without scripts: a row per model, the least biased first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from equilingual.evaluation.catalogue import MEASURES
from equilingual.evaluation.identities import seen_remarks
from equilingual.report.aspects import format_interval
from equilingual.report.board import Board, Figure, Row
from equilingual.report.by_language import LanguageTable, language_tables, languages_shown
from equilingual.report.collapse import Collapsed, is_collapsed
from equilingual.report.columns import Column, columns_of
from equilingual.report.formatting import format_count, format_measure
from equilingual.report.marks import legend_mark
from equilingual.report.perfect import lowest_possible, perfect_distance
from equilingual.report.published import Published, published_notes, published_systems
from equilingual.report.variants import row_variants
from equilingual.report.vega import colour_of

OWN_TEXTS = "debiased with the benchmark’s own texts"  # in the row of a model that is; the methods explain it
_OWN_TEXTS_ARE = (
    "The debiasing uses statistics of the benchmark’s own queries and candidates, not their labels. "
    "The other models never see these texts before the test."
)


@dataclass(frozen=True)
class Bar:
    """A value as a bar, in percent of its cell's track: where it begins, how long it is, and its interval."""

    start: float
    length: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Cell:
    """A value; ``about`` has its interval and what it rests on, and ``bar`` is None where there is no value."""

    text: str
    about: str
    best: bool
    bar: Bar | None


@dataclass(frozen=True)
class Line:
    """A row of the leaderboard.

    Attributes:
        number: of the model in the page's data, or of the system among the benchmark's published ones.
        colour: of its bars, that of its mark.
        notes: small print below the label.
        says: what the small print means; empty where it says all.
        seen: what its encoder was trained on of the benchmark's data; empty for nothing.
        collapsed: its encoder gives all texts nearly the same vector.

    """

    number: int
    label: str
    colour: str
    mark: Markup
    notes: str
    cells: list[Cell]
    collapsed: bool = False
    seen: str = ""
    says: str = ""


@dataclass(frozen=True)
class Leaderboard:
    """The leaderboard of one benchmark.

    Attributes:
        sorted_by: the key of the column that it is sorted by.
        notes: what a reader must know of the published rows.
        tables: figures by language.
        several: whether there are several encoders.
        seen: a sentence for each encoder that was trained on the benchmark's data.

    """

    benchmark: str
    columns: list[Column]
    sorted_by: str
    lines: list[Line]
    published: list[Line]
    notes: tuple[str, ...]
    tables: list[LanguageTable]
    several: bool
    seen: tuple[str, ...] = ()


def leaderboard_of(board: Board, benchmark: str, counts: Mapping[str, Any], collapsed: Collapsed) -> Leaderboard:
    """Return the leaderboard of one benchmark.

    Args:
        board: the scores.
        benchmark: its name.
        counts: the benchmark's own record; empty where there is none.
        collapsed: the models whose vectors are all alike.

    """
    rows, columns = board.rows_of(benchmark), _columns(board, benchmark, counts)
    judged = counts.get("pool") == "judged"
    languages = len(languages_shown(board, benchmark))
    systems = published_systems(benchmark, languages, judged=judged)
    ours = {row: [column.figure(board, row, benchmark) for column in columns] for row in rows}
    theirs = [[Figure(one.figure(c.setting, c.measure, c.language, c.pool)) for c in columns] for one in systems]
    ends = [_ends([figures[place] for figures in [*ours.values(), *theirs]]) for place in range(len(columns))]
    best = [best_text([figures[place] for figures in ours.values()], c.measure) for place, c in enumerate(columns)]
    seen = {name: own[benchmark] for name, own in board.seen.items() if benchmark in own}
    lines = [
        replace(
            _line(board, row, _cells(columns, ours[row], ends, best), is_collapsed(board, row, benchmark, collapsed)),
            seen=", ".join(seen.get(row.encoder, ())),
        )
        for row in _sorted(rows, ours, columns)
    ]
    published = [
        _published_line(number, system, languages, _cells(columns, figures, ends, [None] * len(columns)))
        for number, (system, figures) in enumerate(zip(systems, theirs, strict=True))
        if any(figure.value is not None for figure in figures)
    ]
    return Leaderboard(
        benchmark,
        columns,
        _sorting(columns).key if columns else "",
        lines,
        published,
        published_notes(benchmark, judged=judged),
        language_tables(board, benchmark, systems),
        len({row.encoder for row in rows}) > 1,
        seen_remarks(board.seen, benchmark, board.seen),
    )


def _columns(board: Board, benchmark: str, counts: Mapping[str, Any]) -> list[Column]:
    """Return the columns; the heading of the rank distance has that of a perfect ranking."""
    about = f"lower is better, {lowest_possible(perfect_distance(counts, len(board.languages.get(benchmark, []))))}"
    found = columns_of(board, benchmark)
    return [replace(one, about=about) if one.measure == "rank_distance" else one for one in found]


def _sorting(columns: Sequence[Column]) -> Column:
    """Return what the rows are sorted by: language bias where it was measured, else the first column."""
    return next((one for one in columns if one.measure == "rank_distance"), columns[0])


def _sorted(rows: Sequence[Row], figures: Mapping[Row, Sequence[Figure]], columns: Sequence[Column]) -> list[Row]:
    """Return the rows, the best first, and those without a value last."""
    if not columns:
        return list(rows)
    column = _sorting(columns)
    place = columns.index(column)
    sign = 1 if MEASURES[column.measure].better == "low" else -1

    def key(row: Row) -> tuple[bool, float]:
        value = figures[row][place].value
        return value is None, 0.0 if value is None else sign * value

    return sorted(rows, key=key)


def _ends(figures: Sequence[Figure]) -> tuple[float, float]:
    """Return the ends of a column's bars: all values and intervals, and 0."""
    values = [value for one in figures for value in (one.value, one.low, one.high) if value is not None]
    return min([0.0, *values]), max([0.0, *values])


def _cells(
    columns: Sequence[Column],
    figures: Sequence[Figure],
    ends: Sequence[tuple[float, float]],
    best: Sequence[str | None],
) -> list[Cell]:
    cells = []
    for column, figure, scale, top in zip(columns, figures, ends, best, strict=True):
        text = format_measure(column.measure, figure.value)
        cells.append(Cell(text, _about(figure, column.measure), text == top, _bar(figure, scale)))
    return cells


def _bar(figure: Figure, ends: tuple[float, float]) -> Bar | None:
    low, high = ends
    if figure.value is None or high <= low:
        return None

    def place(value: float) -> float:
        return round((value - low) / (high - low) * 100, 1)

    start, end = sorted((place(0.0), place(figure.value)))
    interval = (None, None) if figure.low is None or figure.high is None else (place(figure.low), place(figure.high))
    return Bar(start, round(end - start, 1), *interval)


def _about(figure: Figure, measure: str) -> str:
    """Return the interval, the spread over seeds and the number of queries, each where there is one."""
    interval = format_interval(figure, measure)
    parts = [f"95% interval {interval}" if interval else ""]
    if figure.over_seeds is not None:
        low, high = (format_measure(measure, end) for end in figure.over_seeds)
        parts.append(f"over questions and seeds {low} to {high}")
    if len(figure.seeds) > 1:
        low, high = (format_measure(measure, end) for end in (min(figure.seeds), max(figure.seeds)))
        parts.append(f"seeds {low} to {high}")
    if figure.queries is not None:
        parts.append(f"{format_count(figure.queries)} queries")
    return "; ".join(filter(None, parts))


def _line(board: Board, row: Row, cells: list[Cell], collapsed: bool) -> Line:
    seeds = len(board.seeds[row])
    notes = "; ".join(filter(None, (f"mean of {seeds} seeds" if seeds > 1 else "", OWN_TEXTS if row.on_pool else "")))
    shade = row_variants(board)[row]
    mark, colour = legend_mark(row.kind, shade), colour_of(row.kind, shade)
    says = _OWN_TEXTS_ARE if row.on_pool else ""
    return Line(board.rows.index(row), row.label, colour, mark, notes, cells, collapsed, says=says)


def _published_line(number: int, system: Published, languages: int, cells: list[Cell]) -> Line:
    notes = f"published: {system.source}; {system.about}"
    if system.languages not in (None, languages):
        notes += f"; means of {system.languages} languages, not of {languages}"
    return Line(number, system.label, colour_of("other"), legend_mark("other", 0), notes, cells)


def best_text(figures: list[Figure], measure: str) -> str | None:
    """Return the best of several values as it is shown: values that look the same are equally good."""
    values = [figure.value for figure in figures if figure.value is not None]
    if len(values) < 2:
        return None
    return format_measure(measure, min(values) if MEASURES[measure].better == "low" else max(values))
