"""The language bias on one benchmark: all its measures side by side, and the rank distance by query language."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from equilingual.evaluation.catalogue import BIAS, Measure
from equilingual.report.board import Board, Figure, Row
from equilingual.report.charts import distance_scale, language_chart, legend_mark
from equilingual.report.comparison import best_text, mark_of, perfect_distance
from equilingual.report.formatting import format_distance, format_measure, language_name
from equilingual.report.published import Published, published_systems
from equilingual.report.variants import row_variants

MULTILINGUAL = "multilingual"


@dataclass(frozen=True)
class BiasTable:
    """All measures of the language bias on one benchmark.

    Attributes:
        heads: name and what is fair, of the measures that any model has.
        words: name and what it says.
        lines: mark, label, and (value, whether it is the best) per measure.
        about: in how many languages a question has an answer.

    """

    heads: list[tuple[str, str]]
    words: list[tuple[str, str]]
    lines: list[tuple[Markup, str, list[tuple[str, bool]]]]
    about: str


@dataclass(frozen=True)
class Bias:
    """Rank distances by query language, of one encoder: a chart and a table."""

    benchmark: str
    encoder: str
    chart: Markup
    logarithmic: bool
    models: list[tuple[Markup, str]]
    published: list[str]
    lines: list[tuple[str, str, list[tuple[str, bool]], list[str]]]  # tag, name, (value, is lowest), published


def answered_languages(counts: Mapping[str, Any] | None, languages: int) -> tuple[float, bool]:
    """Return in how many languages a question has an answer on average, and whether each has as many."""
    pairs = (counts or {}).get("pairs") or {}
    alike = all(
        number == answers.get(language, number) for language, answers in pairs.items() for number in answers.values()
    )
    return perfect_distance(counts, languages) + 1, alike


def bias_table(board: Board, benchmark: str, counts: Mapping[str, Any] | None) -> BiasTable | None:
    """Return all measures that the benchmark has, or None without any."""
    rows, variants = board.rows_of(benchmark), row_variants(board)
    values = {
        measure: {row: board.figure(row, benchmark, MULTILINGUAL, measure.name).value for row in rows}
        for measure in BIAS
    }
    known = {measure: found for measure, found in values.items() if any(v is not None for v in found.values())}
    if not known:
        return None
    m, alike = answered_languages(counts, len(board.languages.get(benchmark, [])))
    best = {measure: _best(measure, list(found.values()), fair_value(measure, m)) for measure, found in known.items()}
    lines = []
    for row in rows:
        texts = [format_measure(measure.name, found[row]) for measure, found in known.items()]
        cells = [(text, text == best[measure]) for measure, text in zip(known, texts, strict=True)]
        lines.append((legend_mark(row.kind, variants[row]), row.label, cells))
    bitext = (counts or {}).get("task") == "bitext"
    heads = [(measure.title, _fair_text(measure, m, alike, bitext)) for measure in known]
    words = [(measure.title, measure.says) for measure in known]
    about = (
        f"m, the languages that have an answer to a question, is {m:g}"
        if alike
        else f"m, the languages that have an answer to a question, is {m:.2f} on average"
    )
    return BiasTable(heads, words, lines, about)


def fair_value(measure: Measure, m: float) -> float:
    """Return what a fair system has where a question has answers in m languages."""
    known = {"m": m, "m − 1": m - 1, "1/m": 1 / m if m else 0.0, "log2 m": math.log2(m) if m > 0 else 0.0}
    return known[measure.fair] if measure.fair in known else float(measure.fair)


def _fair_text(measure: Measure, m: float, alike: bool, bitext: bool) -> str:
    # A query's own text is left out of its list: no list of a bitext has all languages alike, however fair it is.
    if bitext and measure.of_lists:
        return "below 1" if measure.fair == "1" else "above 0"
    if measure.fair in ("0", "1"):
        return measure.fair
    return f"{measure.fair} {'=' if alike else '≈'} {format_measure(measure.name, fair_value(measure, m))}"


def _best(measure: Measure, values: Sequence[float | None], fair: float) -> str | None:
    """Return the best of several values as it is shown."""
    found = [value for value in values if value is not None]
    if len(found) < 2:
        return None
    if measure.better == "near":
        return format_measure(measure.name, min(found, key=lambda value: abs(value - fair)))
    return format_measure(measure.name, max(found) if measure.better == "high" else min(found))


def bias_views(board: Board, benchmark: str) -> list[Bias]:
    """Return the rank distances on one benchmark, per encoder; nothing where none was measured.

    Lexical systems stand beside every encoder, and alone where there is none.
    """
    rows = board.rows_of(benchmark)
    encoders = dict.fromkeys(row.encoder for row in rows if not row.is_lexical)
    views = (
        _bias(board, benchmark, encoder, [row for row in rows if row.is_lexical or row.encoder == encoder])
        for encoder in encoders or dict.fromkeys(row.encoder for row in rows)
    )
    return [view for view in views if view]


def _bias(board: Board, benchmark: str, encoder: str, rows: Sequence[Row]) -> Bias | None:
    tags = board.languages.get(benchmark, [])
    variants = row_variants(board)
    figures = {row: [board.figure(row, benchmark, MULTILINGUAL, "rank_distance", tag) for tag in tags] for row in rows}
    figures = {row: found for row, found in figures.items() if any(figure.value is not None for figure in found)}
    values = [figure.value for found in figures.values() for figure in found if figure.value is not None]
    if not values:
        return None
    scale = distance_scale(values)
    beside = [system for system in published_systems(benchmark, len(tags)) if any(_published(system, tags))]
    marks, lines = [], []
    for place, tag in enumerate(tags):
        own = {row: found[place] for row, found in figures.items()}
        marks.append((tag, language_name(tag), _marks(board, own, variants)))
        lowest = best_text(list(own.values()), "rank_distance")
        cells = [(text, text == lowest) for text in (format_distance(figure.value) for figure in own.values())]
        theirs = [format_distance(_published(system, [tag])[0]) for system in beside]
        lines.append((tag, language_name(tag), cells, theirs))
    chart = language_chart(f"Rank distance by query language on {benchmark}, {encoder}", marks, scale)
    models = [(legend_mark(row.kind, variants[row]), row.label) for row in figures]
    names = [f"{system.label} ({system.source}; {system.about})" for system in beside]
    return Bias(benchmark, encoder, chart, scale.logarithmic, models, names, lines)


def _marks(board: Board, figures: Mapping[Row, Figure], variants: Mapping[Row, int]) -> list[Any]:
    return [mark_of(board, row, figure, "rank_distance", variants) for row, figure in figures.items()]


def _published(system: Published, tags: Sequence[str]) -> list[float | None]:
    return [system.figure(MULTILINGUAL, "rank_distance", tag, "all") for tag in tags]
