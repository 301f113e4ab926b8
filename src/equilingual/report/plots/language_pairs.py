"""Quality by query language and candidates' language: small multiples of the main models, and the page's one map."""

from collections.abc import Sequence
from typing import Any

from equilingual.evaluation.catalogue import MEASURES
from equilingual.markup import visible
from equilingual.report.aspects import aspects_of
from equilingual.report.board import Board, Figure, Row
from equilingual.report.chosen import main_rows
from equilingual.report.formatting import format_measure, shorten
from equilingual.report.plots.maps import Cells, Ends, cell, difference_strip, panel, value_ends, value_strip
from equilingual.report.plots.plot import Plot, Rows
from equilingual.report.run import Run
from equilingual.report.vega import Spec, chart

_MODELS = 4  # in the figure for papers: each has a map, and one of its difference
# Pixels of a cell of values (``s``) or of differences (``d``), whose numbers are longer; above so many languages there
# are no numbers.
_STEPS = {"s": 24, "d": 28}
_SMALL_STEP, _MANY = 13, 24
_COLUMNS = 2


def measure_of(board: Board, benchmark: str) -> str | None:
    """Return the measure that pairs of languages have; None where a map would have a single row or none."""
    found = [one.measure for one in aspects_of(board, benchmark) if one.setting == "cross-lingual"]
    is_asked = "cross-lingual" in board.settings(benchmark)
    return found[0] if found and is_asked and not board.pivot(benchmark) and len(board.pairs(benchmark)) > 1 else None


def figure_of(board: Board, row: Row, benchmark: str, measure: str, pair: tuple[str, str]) -> Figure:
    """Return a model's figure on a query language and a candidates' language, the mean over seeds."""
    setting = "monolingual" if pair[0] == pair[1] else "cross-lingual"
    return board.figure(row, benchmark, setting, measure, *pair)


def rows(run: Run, benchmark: str) -> Rows:
    """Return the main models' figures by pair of languages, each with its difference to the base encoder's."""
    board, measure = run.board, measure_of(run.board, benchmark)
    if measure is None:
        return []
    tags = board.languages[benchmark]
    found: list[dict[str, object]] = []
    for row in main_rows(run, benchmark, _MODELS):
        base = board.baseline(row)
        for pair in ((query, pool) for query in tags for pool in tags):
            figure = figure_of(board, row, benchmark, measure, pair)
            before = figure_of(board, base, benchmark, measure, pair).value if base and base != row else None
            if figure.value is not None:
                found.append(
                    {
                        "model": row.group,
                        "label": row.label,
                        "query_language": pair[0],
                        "pool": pair[1],
                        "measure": measure,
                        "value": figure.value,
                        "low": figure.low,
                        "high": figure.high,
                        "base": base.group if base and base != row else None,
                        "difference": None if before is None else figure.value - before,
                    }
                )
    return found


def spec(shown: Rows) -> Spec:
    """Return a map of each model's values, then of each one's difference to its base encoder."""
    ends = scale_of(shown)
    maps = [_titled(shown, name, "s", ends) for name in _models(shown, "value")]
    maps += [_titled(shown, name, "d", ends) for name in _models(shown, "difference")]
    strips = [value_strip(ends, MEASURES[str(shown[0]["measure"])].title)]
    if _models(shown, "difference"):
        strips.append(difference_strip())
    return chart(
        {"vconcat": [{"concat": maps, "columns": _COLUMNS, "spacing": 24}, {"hconcat": strips, "spacing": 60}]}
    )


def _models(shown: Rows, name: str) -> list[str]:
    return list(dict.fromkeys(str(one["model"]) for one in shown if one[name] is not None))


def _titled(shown: Rows, model: str, kind: str, ends: Ends) -> Spec:
    name = "value" if kind == "s" else "difference"
    of_it = [one for one in shown if one["model"] == model and one[name] is not None]
    label = visible(shorten(str(of_it[0]["label"]), 48))
    return map_of(of_it, name, ends, languages(shown), label if kind == "s" else f"{label} − base encoder")


def languages(shown: Rows) -> list[str]:
    """Return the languages in the order of the benchmark."""
    return list(dict.fromkeys(str(one[side]) for one in shown for side in ("query_language", "pool")))


def scale_of(shown: Rows) -> Ends:
    """Return the ends of the scale of values."""
    return value_ends(_numbers(shown, "value"))


def _numbers(shown: Rows, name: str) -> list[float]:
    return [float(str(one[name])) for one in shown if one[name] is not None]


def map_of(shown: Rows, name: str, ends: Ends, tags: Sequence[str], title: str = "") -> Spec:
    """Return one model's map; ``name`` is ``value`` or ``difference``."""
    kind = "s" if name == "value" else "d"
    cells: Cells = [
        cell(str(one["query_language"]), str(one["pool"]), float(str(one[name])), kind, ends)
        for one in shown
        if one[name] is not None
    ]
    return panel(cells, tags, _STEPS[kind] if len(tags) <= _MANY else _SMALL_STEP, title)


def describe(shown: Rows) -> str:
    """Return each model's monolingual and cross-lingual mean, and its lowest pair."""
    parts = []
    for name in _models(shown, "value"):
        of_it = [one for one in shown if one["model"] == name]
        parts.append(f"{of_it[0]['label']}: {'; '.join(_sentence(of_it))}")
    measure = MEASURES[str(shown[0]["measure"])].title
    return shorten(f"{measure} by query language and candidates’ language. {'. '.join(parts)}.", 2000)


def _sentence(shown: Rows) -> list[str]:
    measure = str(shown[0]["measure"])
    groups: dict[str, list[dict[str, Any]]] = {"monolingual": [], "cross-lingual": []}
    for one in shown:
        groups["monolingual" if one["query_language"] == one["pool"] else "cross-lingual"].append(one)
    said = []
    for words, found in groups.items():
        values = _numbers(found, "value")
        if values:
            said.append(f"{format_measure(measure, sum(values) / len(values))} {words}")
    worst = min(shown, key=lambda one: float(str(one["value"])))
    lowest = format_measure(measure, float(str(worst["value"])))
    return [*said, f"lowest {lowest} from {worst['query_language']} to {worst['pool']}"]


PLOT = Plot("language-pairs", rows, spec, describe)
