"""All measures of the language bias on one benchmark, each with what it says and what a fair system has."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from equilingual.evaluation.catalogue import BIAS, Measure
from equilingual.evaluation.measures import lang_ndcg_of_even_mix
from equilingual.report.board import Board
from equilingual.report.formatting import format_measure
from equilingual.report.perfect import perfect_distance


@dataclass(frozen=True)
class MeasureLine:
    """One measure of all models.

    Attributes:
        says: what it says, in a few words.
        fair: what a fair or perfect system has.
        cells: by model, its value and whether it is the best.

    """

    title: str
    says: str
    fair: str
    cells: list[tuple[str, bool]]


@dataclass(frozen=True)
class BiasTable:
    """The measures that any model of a benchmark has.

    Attributes:
        models: their labels.
        about: in how many languages a question has an answer.

    """

    models: list[str]
    lines: list[MeasureLine]
    about: str


def answered_languages(counts: Mapping[str, Any] | None, languages: int) -> tuple[float, bool]:
    """Return in how many languages a question has an answer on average, and whether each has as many."""
    pairs = (counts or {}).get("pairs") or {}
    alike = all(
        number == answers.get(language, number) for language, answers in pairs.items() for number in answers.values()
    )
    return perfect_distance(counts, languages) + 1, alike


def bias_table(board: Board, benchmark: str, counts: Mapping[str, Any] | None) -> BiasTable | None:
    """Return all measures that the benchmark has, or None without any."""
    lines = measure_lines(board, benchmark, counts, BIAS)
    m, alike = answered_languages(counts, len(board.languages.get(benchmark, [])))
    if not lines:
        return None
    about = (
        f"m = {m:g} is the number of languages that have an answer to a question"
        if alike
        else f"m = {m:.2f} is the average number of languages that have an answer to a question"
    )
    return BiasTable([row.label for row in board.rows_of(benchmark)], lines, about)


def measure_lines(
    board: Board, benchmark: str, counts: Mapping[str, Any] | None, measures: Sequence[Measure]
) -> list[MeasureLine]:
    """Return a line for each measure that a model of the benchmark has, in each setting that it is taken in."""
    rows = board.rows_of(benchmark)
    m, alike = answered_languages(counts, len(board.languages.get(benchmark, [])))
    bitext = (counts or {}).get("task") == "bitext"
    lines = []
    for measure, setting in ((one, setting) for one in measures for setting in one.settings):
        values = [board.figure(row, benchmark, setting, measure.name).value for row in rows]
        if any(value is not None for value in values):
            best = _best(measure, values, fair_value(measure, m))
            texts = [format_measure(measure.name, value) for value in values]
            cells = [(text, text == best) for text in texts]
            title = f"{measure.title}, {setting}" if len(measure.settings) > 1 else measure.title
            lines.append(MeasureLine(title, measure.says, _fair_text(measure, m, alike, bitext), cells))
    return lines


def fair_value(measure: Measure, m: float) -> float:
    """Return what a fair system has where a question has answers in m languages."""
    known = {"m": m, "m − 1": m - 1, "1/m": 1 / m if m else 0.0, "log2 m": math.log2(m) if m > 0 else 0.0}
    known |= {"1 − 1/m": 1 - known["1/m"], "even mix": _even_mix(m)}
    return known[measure.fair] if measure.fair in known else float(measure.fair)


def _even_mix(m: float) -> float:
    """Return the Lang-nDCG@10 of an even mix of languages; between whole numbers of answers on a straight line."""
    below = math.floor(m)
    low, high = (lang_ndcg_of_even_mix(answers, 10) for answers in (below, math.ceil(m)))
    return low + (m - below) * (high - low)


def _fair_text(measure: Measure, m: float, alike: bool, bitext: bool) -> str:
    # A query's own text is left out of its list: no list of a bitext has all languages alike, however fair it is.
    if bitext and measure.of_lists and not measure.diagnostic:
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
