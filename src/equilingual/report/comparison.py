"""The strategies side by side on one benchmark: the table, its charts, and the language bias by query language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from equilingual.report.board import Board, Figure, Row
from equilingual.report.charts import Mark, distance_scale, fit_scale, interval_chart, language_chart, legend_mark
from equilingual.report.curves import row_variants
from equilingual.report.findings import ASPECTS, format_interval
from equilingual.report.formatting import format_count, format_distance, format_map, format_measure, language_name
from equilingual.report.published import PublishedRow, published_rows

# heading, second line of the heading, setting, measure
_COLUMNS = (
    ("mAP", "monolingual", "monolingual", "map"),
    ("mAP", "cross-lingual", "cross-lingual", "map"),
    ("mAP", "multilingual", "multilingual", "map"),
    ("Rank distance", "mean", "multilingual", "rank_distance"),
    ("Rank distance", "median", "multilingual", "rank_distance_median"),
    ("R@1", "monolingual", "monolingual", "recall@1"),
    ("R@10", "multilingual", "multilingual", "recall@10"),
)


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
    """One model's row of the table."""

    label: str
    mark: Markup
    training_set: str
    seeds: str
    entries: list[Entry]


@dataclass(frozen=True)
class PublishedLine:
    """One published row: its cells stand under the same columns, a dash where the paper has none."""

    source: str
    label: str
    entries: list[str]


@dataclass(frozen=True)
class Comparison:
    """Section 2 for one benchmark.

    Attributes:
        groups: per encoder, its lines.
        queries: what the figures of each column rest on.
        charts: heading and chart, for the three mAPs and the rank distance.

    """

    benchmark: str
    columns: list[tuple[str, str]]
    groups: list[tuple[str, list[Line]]]
    queries: list[str]
    published: list[PublishedLine]
    charts: list[tuple[str, Markup]]
    perfect: str
    several_seeds: bool


@dataclass(frozen=True)
class Bias:
    """Section 4 for one benchmark and encoder: a chart and a table of rank distances by query language."""

    benchmark: str
    encoder: str
    chart: Markup
    logarithmic: bool
    models: list[tuple[Markup, str]]
    lines: list[tuple[str, str, list[tuple[str, bool]]]]  # tag, name, (value, whether it is the lowest)


def compare(board: Board, benchmark: str, counts: Mapping[str, Any] | None) -> Comparison:
    """Return the table and charts of one benchmark; ``counts`` is the benchmark's own record, if there is one."""
    rows = board.rows_of(benchmark)
    figures = {row: [board.figure(row, benchmark, *column[2:]) for column in _COLUMNS] for row in rows}
    queries = [_common_queries([figures[row][place] for row in rows]) for place in range(len(_COLUMNS))]
    best = [_best_text([figures[row][place] for row in rows], column[3]) for place, column in enumerate(_COLUMNS)]
    lines = {row: _line(board, row, figures[row], best, queries) for row in rows}
    encoders = list(dict.fromkeys(row.encoder for row in rows))
    perfect = perfect_distance(counts, len(board.languages.get(benchmark, [])))
    return Comparison(
        benchmark,
        [column[:2] for column in _COLUMNS],
        [(encoder, [lines[row] for row in rows if row.encoder == encoder]) for encoder in encoders],
        ["–" if number is None else format_count(number) for number in queries],
        [_published_line(row) for row in published_rows(benchmark)],
        _charts(board, benchmark, rows, perfect),
        format_distance(perfect),
        any(len(board.seeds[row]) > 1 for row in rows),
    )


def perfect_distance(counts: Mapping[str, Any] | None, languages: int) -> float:
    """Return the rank distance of a perfect ranking: m − 1, with m relevant candidates per question.

    Where not every question has an answer in every language it is the macro-average of m − 1, from the benchmark's
    counts of answerable queries per pair of languages.
    """
    pairs = (counts or {}).get("pairs") or {}
    means = []
    for language, answers in pairs.items():
        own = answers.get(language)
        if own:
            means.append(sum(answers.values()) / own - 1)
    return sum(means) / len(means) if means else float(max(languages - 1, 0))


def bias_views(board: Board, benchmark: str) -> list[Bias]:
    """Return the language bias on one benchmark, per encoder; nothing where no rank distance was measured."""
    encoders = dict.fromkeys(row.encoder for row in board.rows_of(benchmark))
    views = (_bias(board, benchmark, encoder) for encoder in encoders)
    return [view for view in views if view]


def _bias(board: Board, benchmark: str, encoder: str) -> Bias | None:
    tags = board.languages.get(benchmark, [])
    variants = row_variants(board)
    figures = {
        row: [board.figure(row, benchmark, "multilingual", "rank_distance", tag) for tag in tags]
        for row in board.rows_of(benchmark)
        if row.encoder == encoder
    }
    figures = {row: found for row, found in figures.items() if any(figure.value is not None for figure in found)}
    values = [figure.value for found in figures.values() for figure in found if figure.value is not None]
    if not values:
        return None
    scale = distance_scale(values)
    rows, lines = [], []
    for place, tag in enumerate(tags):
        own = {row: found[place] for row, found in figures.items()}
        marks = [_mark(board, row, figure, "rank_distance", variants) for row, figure in own.items()]
        lowest = _best_text(list(own.values()), "rank_distance")
        rows.append((tag, language_name(tag), marks))
        texts = [format_distance(figure.value) for figure in own.values()]
        lines.append((tag, language_name(tag), [(text, text == lowest) for text in texts]))
    chart = language_chart(f"Rank distance by query language on {benchmark}, {encoder}", rows, scale)
    models = [(legend_mark(row.kind, variants[row]), board.full_label(row)) for row in figures]
    return Bias(benchmark, encoder, chart, scale.logarithmic, models, lines)


def _common_queries(figures: list[Figure]) -> int | None:
    """Return the number of queries behind most figures of a column."""
    numbers = [figure.queries for figure in figures if figure.queries is not None]
    return max(numbers, key=numbers.count) if numbers else None


def _best_text(figures: list[Figure], measure: str) -> str | None:
    """Return the best of several values as it is shown: values that look the same are equally good."""
    values = [figure.value for figure in figures if figure.value is not None]
    if len(values) < 2:
        return None
    return format_measure(measure, min(values) if measure.startswith("rank_distance") else max(values))


def _line(board: Board, row: Row, figures: list[Figure], best: list[str | None], queries: list[int | None]) -> Line:
    entries = []
    for place, figure in enumerate(figures):
        measure = _COLUMNS[place][3]
        text = format_measure(measure, figure.value)
        unusual = figure.queries is not None and figure.queries != queries[place]
        own = format_count(figure.queries) if unusual else ""
        entries.append(
            Entry(text, format_interval(figure, measure), _spread(figure, measure), own, text == best[place])
        )
    sets = {other.training_set for other in board.rows if other.trained}
    training_set = row.training_set if len(sets) > 1 else ""
    seeds = format_count(len(board.seeds[row])) if board.seeds[row] else ""
    mark = legend_mark(row.kind, row_variants(board).get(row, 0))
    return Line(row.label, mark, training_set, seeds, entries)


def _spread(figure: Figure, measure: str) -> str:
    if len(figure.seeds) < 2:
        return ""
    low, high = min(figure.seeds), max(figure.seeds)
    return f"{format_measure(measure, low)} to {format_measure(measure, high)}"


def _published_line(row: PublishedRow) -> PublishedLine:
    maps = [format_map(value) for value in (row.monolingual, row.cross_lingual, row.multilingual)]
    return PublishedLine(
        row.source, f"{row.model}, {row.strategy}", [*maps, format_distance(row.rank_distance), *"–––"]
    )


def _charts(board: Board, benchmark: str, rows: list[Row], perfect: float) -> list[tuple[str, Markup]]:
    variants = row_variants(board)
    marks = {
        aspect: [
            _mark(board, row, board.figure(row, benchmark, aspect.setting, aspect.measure), aspect.measure, variants)
            for row in rows
        ]
        for aspect in ASPECTS
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


def _mark(board: Board, row: Row, figure: Figure, measure: str, variants: Mapping[Row, int]) -> Mark:
    text = format_measure(measure, figure.value)
    return Mark(board.full_label(row), row.kind, variants[row], text, figure.value, figure.low, figure.high)
