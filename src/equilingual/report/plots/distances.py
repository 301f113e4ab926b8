"""Rank distance by query language: a dot for each model, and a line from the base encoder to what was trained."""

from typing import Any

from equilingual.markup import visible
from equilingual.report.board import Figure, Row
from equilingual.report.chosen import before_and_after, best_untrained, main_rows
from equilingual.report.formatting import format_distance, language_name, shorten
from equilingual.report.marks import chart_shape
from equilingual.report.plots.legend import model_legend, plain_names
from equilingual.report.plots.plot import Plot, Rows
from equilingual.report.run import Run
from equilingual.report.variants import row_variants
from equilingual.report.vega import Spec, chart, colour_of

_MODELS = 6
_LEAST = 0.5  # places: a logarithmic axis has no 0
_STEP = 22  # pixels of a language
_MEAN = "all languages"
# Of base encoders, as in the tables.
_RING = "M-1,0A1,1 0 1,1 1,0A1,1 0 1,1 -1,0ZM-.55,0A.55,.55 0 1,0 .55,0A.55,.55 0 1,0 -.55,0Z"


def rows(run: Run, benchmark: str) -> Rows:
    """Return rank distances by query language, their mean first, then the language with the most in the first model.

    ``low`` and ``high`` are the 95% interval, the widest that a model's seeds span.
    """
    board = run.board
    models, shades = models_of(run, benchmark), row_variants(board)
    ends = before_and_after(run, benchmark)
    found: list[dict[str, object]] = []
    for row in models:
        place = "before" if row == ends[0] else "after" if row == ends[-1] else ""
        mean = board.figure(row, benchmark, "multilingual", "rank_distance")
        about = {**_about(row), "shade": shades[row], "place": place}
        found += _entry(about, _MEAN, _MEAN, mean)
        for tag in board.languages[benchmark]:
            figure = board.figure(row, benchmark, "multilingual", "rank_distance", tag)
            found += _entry(about, tag, f"{language_name(tag)} ({tag})", figure)
    of_first = (
        {one["language"]: float(str(one["value"])) for one in found if one["model"] == ends[0].group} if ends else {}
    )
    if not any(one["language"] != _MEAN for one in found):
        return []
    order = sorted(of_first, key=lambda tag: (tag != _MEAN, -of_first[tag]))
    position = {tag: number for number, tag in enumerate(order)}
    return sorted(found, key=lambda one: position.get(one["language"], len(position)))


def models_of(run: Run, benchmark: str) -> list[Row]:
    """Return the models that are drawn: the main ones, and the best that was debiased and not trained."""
    shown = {*main_rows(run, benchmark, _MODELS), best_untrained(run, benchmark)}
    return [row for row in run.board.rows_of(benchmark) if row in shown]


def _about(row: Row) -> dict[str, object]:
    return {"model": row.group, "label": row.label, "short": row.short, "kind": row.kind}


def _entry(about: dict[str, object], tag: str, name: str, figure: Figure) -> list[dict[str, object]]:
    if figure.value is None:
        return []
    of_language = {"language": tag, "name": name}
    return [{**about, **of_language, "value": figure.value, "low": figure.low, "high": figure.high}]


def spec(shown: Rows) -> Spec:
    """Return the figure."""
    points = [_point(one, name) for one, name in zip(shown, _names(shown), strict=True)]
    names = list(dict.fromkeys(one["name"] for one in points))
    y = {
        "field": "name",
        "type": "nominal",
        "scale": {"domain": names},
        "axis": {"title": None, "grid": True, "labelLimit": 150, "labelColor": "var(--ink)"},
    }
    x = {
        "field": "value",
        "type": "quantitative",
        "scale": {"type": "log", "nice": False, "domain": _ends(points)},
        "axis": {
            "title": "← less bias · rank distance, logarithmic",
            "tickCount": 5,
            "format": "~s",
            "orient": "top",
        },
    }
    colour, shape = _keys(points)
    tooltip = [{"field": "name", "title": "query language"}, {"field": "shown", "title": "model"},
               {"field": "text", "title": "rank distance"}]  # fmt: skip
    thin = {"type": "rule", "strokeWidth": 1.5}
    literal = {"field": "colour", "type": "nominal", "scale": None}
    return chart(
        {
            "height": _STEP * len(names),
            "data": {"values": points},
            "encoding": {"y": y},
            "layer": [
                {
                    "data": {"values": _lines(points)},
                    "mark": {"type": "rule", "strokeWidth": 4, "color": "var(--bar)"},
                    "encoding": {
                        "x": {**x, "field": "before"},
                        "x2": {"field": "after"},
                    },
                },
                {
                    "transform": [{"filter": "datum.low !== null"}],
                    "mark": thin,
                    "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": literal},
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                    "encoding": {"x": x, "color": colour, "shape": shape},
                },
                {  # the ring of base encoders has a hole: what the pointer meets is a disc over each mark
                    "mark": {"type": "circle", "size": 160, "opacity": 0},
                    "encoding": {"x": x, "tooltip": tooltip},
                },
            ],
        }
    )


def _keys(points: list[dict[str, Any]]) -> tuple[Spec, Spec]:
    """Return the colour and the shape of each model."""
    names = list(dict.fromkeys(one["shown"] for one in points))
    colours = {one["shown"]: one["colour"] for one in points}
    shapes = {one["shown"]: _RING if one["kind"] == "none" else chart_shape(one["kind"]) for one in points}
    colour = {
        "field": "shown",
        "type": "nominal",
        "scale": {"domain": names, "range": [colours[name] for name in names]},
        "legend": model_legend(),
    }
    shape = {**colour, "scale": {"domain": names, "range": [shapes[name] for name in names]}}
    return colour, shape


def _text(one: dict[str, object]) -> str:
    low, high, value = (None if one[key] is None else float(str(one[key])) for key in ("low", "high", "value"))
    span = f" ({format_distance(low)} to {format_distance(high)})" if low is not None else ""
    return format_distance(value) + span


def _names(shown: Rows) -> list[str]:
    """Return the names for the figure."""
    return [visible(shorten(name, 60)) for name in plain_names([str(one["short"]) for one in shown])]


def _point(one: dict[str, object], name: str) -> dict[str, Any]:
    """Return a row as it is drawn: values that a logarithmic axis can show, texts without control characters."""
    low, high, value = (None if one[key] is None else float(str(one[key])) for key in ("low", "high", "value"))
    return {
        "name": visible(str(one["name"])),
        "shown": name,
        "kind": str(one["kind"]),
        "colour": colour_of(str(one["kind"]), int(str(one["shade"]))),
        "place": one["place"],
        "text": _text(one),
        **{key: None if end is None else max(end, _LEAST) for key, end in
           (("value", value), ("low", low), ("high", high))},
    }  # fmt: skip


def _lines(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return by language the line from the headline's reference to its model."""
    before = {one["name"]: one["value"] for one in points if one["place"] == "before"}
    return [
        {"name": one["name"], "before": before[one["name"]], "after": one["value"]}
        for one in points
        if one["place"] == "after" and one["name"] in before
    ]


def _ends(points: list[dict[str, Any]]) -> list[float]:
    values = [one[key] for one in points for key in ("value", "low", "high") if one[key] is not None]
    return [float(f"{min(values) / 1.15:.4g}"), float(f"{max(values) * 1.15:.4g}")]


def describe(shown: Rows) -> str:
    """Return each model's mean, and its highest and lowest language."""
    parts = []
    for label in dict.fromkeys(str(one["label"]) for one in shown):
        own = [one for one in shown if one["label"] == label]
        mean = [_text(one) for one in own if one["language"] == _MEAN]
        by_language = sorted((one for one in own if one["language"] != _MEAN), key=lambda one: float(str(one["value"])))
        ends = [f"{_text(one)} in {one['name']}" for one in (by_language[:1] + by_language[-1:])]
        parts.append(f"{label}: {'; '.join([*mean, *ends])}")
    return shorten(f"Rank distance by query language. {'. '.join(parts)}.", 2000)


PLOT = Plot("rank-distance", rows, spec, describe, width=215)
