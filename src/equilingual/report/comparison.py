"""The strategies side by side on one benchmark: the table and its charts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report.aspects import aspects_of, format_interval
from equilingual.report.board import Board, Figure, Row
from equilingual.report.by_language import LanguageTable, language_tables, languages_shown
from equilingual.report.charts import Mark, distance_scale, fit_scale, interval_chart, legend_mark
from equilingual.report.collapse import Collapsed, is_collapsed
from equilingual.report.columns import Column, columns_of
from equilingual.report.formatting import MISSING, format_count, format_distance, format_measure
from equilingual.report.published import Published, published_notes, published_systems
from equilingual.report.variants import row_variants


@dataclass(frozen=True)
class Entry:
    """One cell of the table: the value, its interval, its seeds' spread, and its own number of queries if unusual."""

    text: str
    interval: str
    spread: str
    queries: str
    best: bool


@dataclass(frozen=True)
class Line:
    """One model's row of the table; ``collapsed``: its encoder gives all texts nearly the same vector."""

    label: str
    mark: Markup
    training_set: str
    seeds: str
    entries: list[Entry]
    collapsed: bool


@dataclass(frozen=True)
class PublishedLine:
    """One published row: its cells stand under the same columns, a dash where its source has none.

    Attributes:
        about: what it was trained on, and how many languages its means are over where that is another number.

    """

    source: str
    label: str
    about: str
    entries: list[str]


@dataclass(frozen=True)
class Comparison:
    """Section 2 for one benchmark.

    Attributes:
        groups: per encoder, its lines.
        columns: heading and its second line.
        queries: what the figures of each column rest on.
        notes: what a reader must know of the published rows.
        charts: heading and chart, for the figures that the finding goes by.
        perfect: the rank distance of a perfect ranking; empty where none was measured.
        tables: figures by language.

    """

    benchmark: str
    columns: list[tuple[str, str]]
    groups: list[tuple[str, list[Line]]]
    queries: list[str]
    published: list[PublishedLine]
    notes: tuple[str, ...]
    charts: list[tuple[str, Markup]]
    perfect: str
    several_seeds: bool
    tables: list[LanguageTable]


def compare(
    board: Board, benchmark: str, counts: Mapping[str, Any] | None, collapsed: Collapsed | None = None
) -> Comparison:
    """Return the table and charts of one benchmark; ``counts`` is the benchmark's own record, if there is one."""
    rows, columns = board.rows_of(benchmark), columns_of(board, benchmark)
    figures = {row: [column.figure(board, row, benchmark) for column in columns] for row in rows}
    queries = [_common_queries([figures[row][place] for row in rows]) for place in range(len(columns))]
    best = [best_text([figures[row][place] for row in rows], column.measure) for place, column in enumerate(columns)]
    lines = {
        row: replace(
            _line(board, row, figures[row], columns, best, queries),
            collapsed=is_collapsed(board, row, benchmark, collapsed or {}),
        )
        for row in rows
    }
    encoders = list(dict.fromkeys(row.encoder for row in rows))
    perfect = perfect_distance(counts, len(board.languages.get(benchmark, [])))
    judged = (counts or {}).get("pool") == "judged"
    languages = len(languages_shown(board, benchmark))
    published = published_systems(benchmark, languages, judged=judged)
    beside = [_published_line(system, columns, languages) for system in published]
    return Comparison(
        benchmark,
        [column.heading for column in columns],
        [(encoder, [lines[row] for row in rows if row.encoder == encoder]) for encoder in encoders],
        ["–" if number is None else format_count(number) for number in queries],
        [line for line in beside if set(line.entries) != {MISSING}],
        published_notes(benchmark, judged=judged),
        _charts(board, benchmark, rows, perfect),
        format_distance(perfect) if any(column.measure == "rank_distance" for column in columns) else "",
        any(len(board.seeds[row]) > 1 for row in rows),
        language_tables(board, benchmark, published),
    )


def perfect_distance(counts: Mapping[str, Any] | None, languages: int) -> float:
    """Return the rank distance of a perfect ranking: m − 1, with answers in m languages per question.

    Where not every question has an answer in every language it is the macro-average of m − 1, from the benchmark's
    counts of answerable queries per pair of languages. Sentences that are matched have no answer in their own language.
    """
    bitext = (counts or {}).get("task") == "bitext"
    pairs = (counts or {}).get("pairs") or {}
    means = []
    for language, answers in pairs.items():
        own = answers.get(language)
        if own and not bitext:
            means.append(sum(answers.values()) / own - 1)
    return sum(means) / len(means) if means else float(max(languages - 1 - bitext, 0))


def _common_queries(figures: list[Figure]) -> int | None:
    """Return the number of queries behind most figures of a column."""
    numbers = [figure.queries for figure in figures if figure.queries is not None]
    return max(numbers, key=numbers.count) if numbers else None


def best_text(figures: list[Figure], measure: str) -> str | None:
    """Return the best of several values as it is shown: values that look the same are equally good."""
    values = [figure.value for figure in figures if figure.value is not None]
    if len(values) < 2:
        return None
    return format_measure(measure, min(values) if MEASURES[measure].better == "low" else max(values))


def _line(
    board: Board,
    row: Row,
    figures: list[Figure],
    columns: list[Column],
    best: list[str | None],
    queries: list[int | None],
) -> Line:
    entries = []
    for place, figure in enumerate(figures):
        measure = columns[place].measure
        text = format_measure(measure, figure.value)
        unusual = figure.queries is not None and figure.queries != queries[place]
        own = format_count(figure.queries) if unusual else ""
        entries.append(
            Entry(text, format_interval(figure, measure), _spread(figure, measure), own, text == best[place])
        )
    sets = {other.training_set for other in board.rows if other.trained}
    training_set = row.training_set or "" if len(sets) > 1 else ""
    seeds = format_count(len(board.seeds[row])) if board.seeds[row] else ""
    mark = legend_mark(row.kind, row_variants(board).get(row, 0))
    return Line(row.short, mark, training_set, seeds, entries, collapsed=False)


def _spread(figure: Figure, measure: str) -> str:
    if len(figure.seeds) < 2:
        return ""
    low, high = min(figure.seeds), max(figure.seeds)
    return f"{format_measure(measure, low)} to {format_measure(measure, high)}"


def _published_line(system: Published, columns: list[Column], languages: int) -> PublishedLine:
    entries = [
        format_measure(column.measure, system.figure(column.setting, column.measure, column.language, column.pool))
        for column in columns
    ]
    about = system.about
    if system.languages not in (None, languages):
        about += f"; means of {system.languages} languages, not of {languages}"
    return PublishedLine(system.source, system.label, about, entries)


def _charts(board: Board, benchmark: str, rows: list[Row], perfect: float) -> list[tuple[str, Markup]]:
    variants = row_variants(board)
    marks = {
        aspect: [
            mark_of(board, row, board.figure(row, benchmark, aspect.setting, aspect.measure), aspect.measure, variants)
            for row in rows
        ]
        for aspect in aspects_of(board, benchmark)
    }
    shown = {aspect: found for aspect, found in marks.items() if any(mark.value is not None for mark in found)}
    ends = [end for aspect, found in shown.items() if not aspect.lower_is_better for end in _ends(found)]
    charts = []
    for aspect, found in shown.items():
        heading = aspect.name[0].upper() + aspect.name[1:]
        if aspect.lower_is_better:
            scale, reference = distance_scale([*_ends(found), perfect]), (perfect, "perfect ranking")
            heading += f" (lower is better; perfect: {format_distance(perfect)}" + (
                "; logarithmic)" if scale.logarithmic else ")"
            )
        else:
            scale, reference = fit_scale(ends), None
        charts.append((heading, interval_chart(f"{heading} on {benchmark}", found, scale, reference)))
    return charts


def _ends(marks: list[Mark]) -> list[float]:
    return [end for mark in marks for end in (mark.value, mark.low, mark.high) if end is not None]


def mark_of(board: Board, row: Row, figure: Figure, measure: str, variants: Mapping[Row, int]) -> Mark:
    """Return a row's mark in a chart."""
    text = format_measure(measure, figure.value)
    return Mark(row.label, row.kind, variants[row], text, figure.value, figure.low, figure.high)
