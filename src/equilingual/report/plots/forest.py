"""The paired tests as a forest plot: each difference with its interval, by encoder and the model it is against."""

from collections.abc import Mapping, Sequence
from typing import Any

from equilingual.evaluation.catalogue import MEASURES
from equilingual.markup import visible
from equilingual.report.board import Board, Row
from equilingual.report.chosen import before_and_after
from equilingual.report.data.comparisons import is_shown
from equilingual.report.formatting import format_measure, shorten
from equilingual.report.plots.maps import TITLE
from equilingual.report.plots.plot import Plot, Rows
from equilingual.report.run import Run
from equilingual.report.vega import Spec, chart, colour_of

MOST = 60  # comparisons of one panel of the page; results/comparisons.csv has all
PAPER = 470  # pixels that a panel takes at most on paper, where the page's are two in a row
_PAGE = 960  # pixels that a file takes at most: a page of A4 at its own size
_STEP = 29  # pixels of a row: a line of text, and the interval below it
_OUTSIDE = 86  # pixels of a panel above and below its rows: title, axis
_HEAD = 0.75  # of a row: what a group is against
_TEXTS = ("setting", "measure", "model_a", "model_b")
_LAST = ("low_over_seeds", "high_over_seeds", "margin", "p_equivalent_corrected")
_NUMBERS = (
    *("questions", "value_a", "value_b", "difference", "low", "high", "p", "p_corrected", "effect_size"),
    *("wins", "losses", "ties"),
)
_CHANGE = 130  # pixels that a difference and its p take
_BETWEEN = "different encoders"


def rows(run: Run, benchmark: str) -> Rows:
    """Return the comparisons of a benchmark, with labels and verdicts: those of the headline's model, then the others.

    Both are in the order of ``results/comparisons.csv``.
    """
    known = {row.group: row for row in run.board.rows}
    lines = [line for line in run.comparisons if line["benchmark"] == benchmark]
    main = {row.group for row in before_and_after(run, benchmark)[-1:]}
    lines.sort(key=lambda line: main.isdisjoint((line["model_a"], line["model_b"])))
    return [_row(run.board, known, line) for line in lines]


def _row(board: Board, known: Mapping[str, Row], line: Mapping[str, str]) -> dict[str, Any]:
    pair = [known.get(line[name]) for name in ("model_a", "model_b")]
    encoders = {row.encoder if row else None for row in pair}
    own = encoders.pop() if len(encoders) == 1 else None
    several = len({row.encoder for row in board.rows}) > 1
    labels = [
        line[name] if row is None else row.short if own is not None and several else row.label
        for row, name in zip(pair, ("model_a", "model_b"), strict=True)
    ]
    return {
        **{name: line[name] for name in _TEXTS},
        "label_a": labels[0],
        "label_b": labels[1],
        "encoder": (own or _BETWEEN) if several else "",
        "kind": pair[0].kind if pair[0] else "other",
        **{name: float(line[name]) if line[name] else None for name in _NUMBERS},
        "shown": is_shown(line),
        "verdict": line["verdict"],
        **{name: float(line[name]) if line[name] else None for name in _LAST},
        "outcome": line["outcome"],
    }


def panels(shown: Rows) -> list[list[dict[str, object]]]:
    """Return the comparisons by setting and measure, those of language bias first, else in the order of the file."""
    found: dict[tuple[object, object], list[dict[str, object]]] = {}
    for one in shown:
        found.setdefault((one["setting"], one["measure"]), []).append(one)
    return sorted(found.values(), key=lambda panel: not MEASURES[str(panel[0]["measure"])].is_bias)


def title_of(panel: Rows) -> str:
    """Return what a panel is about: ``multilingual mAP``."""
    return MEASURES[str(panel[0]["measure"])].words_in(str(panel[0]["setting"]))


def spec(shown: Rows) -> Spec:
    """Return the figure for a page of paper: two panels in a row where there are several measures or settings.

    Above a panel that has no room for all of its comparisons stands how many it shows.
    """
    found = panels(shown)
    return on_paper(shown, _PAGE / ((len(found) + 1) // 2))


def on_paper(shown: Rows, height: float) -> Spec:
    """Return the figure with panels of so many pixels at most."""
    found = panels(shown)
    return chart({"concat": [_fitted(one, height, len(found) > 1) for one in found], "columns": 2, "spacing": 20})


def on_page(panel: Rows) -> Spec:
    """Return one panel for the screen, as wide as its column."""
    return chart(_panel(panel[:MOST], {"expr": f"width - {_CHANGE}"}))


def _fitted(panel: Rows, height: float, is_named: bool) -> Spec:
    """Return a panel with as many comparisons as there is room for; above it its name, and how many these are."""
    fits = sum(_places(panel[: n + 1])[2] * _STEP <= height - _OUTSIDE for n in range(len(panel)))
    shown = panel[: max(1, fits)]
    lines = [title_of(panel)] if is_named else []
    if len(shown) < len(panel):
        lines.append(f"{len(shown)} of {len(panel)} tests; all are in results/comparisons.csv")
    return {**({"title": {"text": lines, **TITLE, "anchor": "start", "offset": 8}} if lines else {}),
            "width": PLOT.width, **_panel(shown, PLOT.width - _CHANGE)}  # fmt: skip


def _panel(panel: Rows, limit: object) -> Spec:
    """Return one panel; ``limit`` is the width of its longest name."""
    points, heads, height = _places(panel)
    better = MEASURES[str(panel[0]["measure"])].better
    left, right = {"low": ("← better · ", ""), "high": ("", " · better →")}.get(better, ("", ""))
    title = f"{left}difference in {title_of(panel)}{right}"
    x = {
        "field": "difference",
        "type": "quantitative",
        "scale": {"domain": _ends(panel), "nice": False},
        "axis": {"title": title, "format": "+~g", "labelExpr": _SIGNED, "tickCount": 5, **_LINE},
    }
    y = {"type": "quantitative", "scale": {"domain": [0, height], "reverse": True, "nice": False}, "axis": None}
    text = {"mark": {**_LEFT, "color": "var(--soft)"}, "encoding": _text(y, "middle", "head", 0)}
    named = {"data": {"values": heads}, **text}
    layers = [_zero(points, x, y), _intervals(x, y), _marks(x, y), *_words(y, limit), named]
    if any(one["margin"] is not None for one in panel):
        layers.insert(0, _zone(points, x, y))
    if any(one["low_over_seeds"] is not None for one in panel):
        layers.insert(-4, _over_seeds(points, x, y))
    return {"height": round(height * _STEP), "data": {"values": points}, "layer": layers}


def _places(panel: Rows) -> tuple[list[dict[str, Any]], list[dict[str, Any]], float]:
    """Return the rows with their places, the heads of groups with theirs, and the height, all in rows."""
    encoders = list(dict.fromkeys(str(one["encoder"]) for one in panel))
    encoders.sort(key=lambda name: name == _BETWEEN)
    groups: dict[tuple[str, str], list[dict[str, object]]] = {}
    for one in sorted(panel, key=lambda one: encoders.index(str(one["encoder"]))):
        groups.setdefault((str(one["encoder"]), str(one["label_b"])), []).append(one)
    points, heads, top = [], [], 0.0
    for (encoder, other), members in groups.items():
        prefix = f"{_short(encoder, 30)} · " if encoder else ""
        heads.append({"head": f"{prefix}against {_short(other, 50)}", "middle": round(top + _HEAD * 0.6, 3)})
        top += _HEAD
        for one in members:
            points.append({**_point(one), "words": round(top + 0.3, 3), "middle": round(top + 0.72, 3)})
            top += 1
    return points, heads, round(top, 3)


def _point(one: Mapping[str, object]) -> dict[str, Any]:
    colour = colour_of(str(one["kind"]))
    change = _signed(str(one["measure"]), float(str(one["difference"])))
    is_equivalent = one["outcome"] == "equivalent"
    return {
        **{name: one[name] for name in ("difference", "low", "high", "low_over_seeds", "high_over_seeds", "margin")},
        "label": _short(str(one["label_a"]), 50),
        "change": f"{change}, {'equivalent' if is_equivalent else _p(float(str(one['p_corrected'])))}",
        "said": visible(shorten(sentence(one), 600)),
        "colour": colour,
        "fill": colour if one["shown"] else "var(--paper)",
        "shape": "square" if is_equivalent else "circle",
    }


def sentence(one: Mapping[str, object]) -> str:
    """Return the verdict, with the interval over questions and seeds where there is one."""
    if one["low_over_seeds"] is None:
        return str(one["verdict"])
    ends = [_signed(str(one["measure"]), float(str(one[name]))) for name in ("low_over_seeds", "high_over_seeds")]
    return f"{one['verdict']}; over questions and seeds [{', '.join(ends)}]"


def _short(text: str, longest: int) -> str:
    text = visible(text)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _signed(measure: str, value: float) -> str:
    text = format_measure(measure, abs(value))
    return text if not any(digit in "123456789" for digit in text) else ("−" if value < 0 else "+") + text


def _p(p: float) -> str:
    return "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".", 1)


def _ends(panel: Rows) -> list[float]:
    """Return the ends of the axis: all intervals, 0, and the margins."""
    names = ("difference", "low", "high", "low_over_seeds", "high_over_seeds", "margin")
    values = [float(str(one[name])) for one in panel for name in names if one[name] is not None]
    values += [-float(str(one["margin"])) for one in panel if one["margin"] is not None]
    low, high = min([0.0, *values]), max([0.0, *values])
    space = (high - low) * 0.04 or 0.01
    return [float(f"{low - space:.6g}"), float(f"{high + space:.6g}")]


# No lines across the plot: they would cross the names.
_LINE = {"grid": False, "domain": True, "domainColor": "var(--rule)", "ticks": True, "tickColor": "var(--rule)"}
_SIGNED = "datum.value == 0 ? '0' : datum.label"
_LEFT = {"type": "text", "align": "left", "baseline": "middle"}
_COLOUR = {"field": "colour", "type": "nominal", "scale": None}


def _zero(points: Sequence[Mapping[str, Any]], x: Spec, y: Spec) -> Spec:
    """Return the line at 0, in the lower part of each row alone: it crosses no text."""
    ends = [{"zero": 0, "from": one["middle"] - 0.22, "to": one["middle"] + 0.22} for one in points]
    encoding = {"x": {**x, "field": "zero"}, "y": {**y, "field": "from"}, "y2": {"field": "to"}}
    return {"data": {"values": ends}, "mark": {"type": "rule", "color": "var(--soft)"}, "encoding": encoding}


def _zone(points: Sequence[Mapping[str, Any]], x: Spec, y: Spec) -> Spec:
    """Return the zone of equivalence, from -margin to margin, in the lower part of each row alone."""
    zones = [
        {"left": -one["margin"], "right": one["margin"], "top": one["middle"] - 0.22, "bottom": one["middle"] + 0.22}
        for one in points
        if one["margin"] is not None
    ]
    encoding = {
        **{"x": {**x, "field": "left"}, "x2": {"field": "right"}},
        **{"y": {**y, "field": "top"}, "y2": {"field": "bottom"}},
    }
    return {"data": {"values": zones}, "mark": {"type": "rect", "color": "var(--rule)"}, "encoding": encoding}


def _over_seeds(points: Sequence[Mapping[str, Any]], x: Spec, y: Spec) -> Spec:
    """Return the intervals over questions and seeds, thin lines."""
    found = [one for one in points if one["low_over_seeds"] is not None]
    ends = {"x": {**x, "field": "low_over_seeds"}, "x2": {"field": "high_over_seeds"}}
    encoding = {**ends, "y": {**y, "field": "middle"}, "color": _COLOUR}
    return {"data": {"values": found}, "mark": {"type": "rule", "strokeWidth": 1}, "encoding": encoding}


def _intervals(x: Spec, y: Spec) -> Spec:
    mark = {"type": "rule", "strokeWidth": 2, "opacity": 0.6}
    encoding = {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": {**y, "field": "middle"}, "color": _COLOUR}
    return {"mark": mark, "encoding": encoding}


def _marks(x: Spec, y: Spec) -> Spec:
    mark = {"type": "point", "size": 80, "strokeWidth": 2, "opacity": 1}
    fill = {"field": "fill", "type": "nominal", "scale": None}
    said = {"field": "said", "type": "nominal"}
    shape = {"field": "shape", "type": "nominal", "scale": None}
    encoding = {"x": x, "y": {**y, "field": "middle"}, "fill": fill, "stroke": _COLOUR, "shape": shape, "tooltip": said}
    return {"mark": mark, "encoding": encoding}


def _words(y: Spec, limit: object) -> list[Spec]:
    """Return the name of the first model at the left edge, and the difference with its p at the right."""
    said = {"tooltip": {"field": "said", "type": "nominal"}}
    label = {**_LEFT, "limit": limit}
    change = {**_LEFT, "align": "right", "color": "var(--soft)"}
    right = {**_text(y, "words", "change", 0), "x": {"value": "width"}}
    return [
        {"mark": label, "encoding": {**_text(y, "words", "label", 0), **said}},
        {"mark": change, "encoding": {**right, **said}},
    ]


def _text(y: Spec, place: str, field: str, x: int) -> Spec:
    return {"x": {"value": x}, "y": {**y, "field": place}, "text": {"field": field}}


def describe(shown: Rows) -> str:
    """Return how many comparisons show a difference, by measure and setting."""
    parts = [f"{title_of(one)}: {sum(bool(row['shown']) for row in one)} of {len(one)}" for one in panels(shown)]
    equivalent = sum(row["outcome"] == "equivalent" for row in shown)
    also = f" Equivalent within the margin: {equivalent}." if any(row["margin"] is not None for row in shown) else ""
    return (
        f"Differences between models with 95% intervals. Comparisons that show a difference: {'; '.join(parts)}.{also}"
    )


PLOT = Plot("forest", rows, spec, describe, width=340)
