"""Differences with their intervals, one below the other: what the forest plots of the page and of a study share."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from equilingual.markup import visible
from equilingual.report.formatting import format_measure
from equilingual.report.vega import Spec

STEP = 29  # pixels of a row: a line of text, and the interval below it
CHANGE = 130  # pixels that a difference and its p take
HEAD = 0.75  # of a row: what stands above a group of rows
Points = Sequence[Mapping[str, Any]]


def stacked(groups: Iterable[tuple[str, Points]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]], float]:
    """Return the points of some groups with their places, the heads with theirs, and the height, all in rows.

    Args:
        groups: the text above each group, and its points.

    """
    points, heads, top = [], [], 0.0
    for head, members in groups:
        heads.append({"head": head, "middle": round(top + HEAD * 0.6, 3)})
        top += HEAD
        for one in members:
            points.append({**one, "words": round(top + 0.3, 3), "middle": round(top + 0.72, 3)})
            top += 1
    return points, heads, round(top, 3)


def drawn(points: Points, heads: Points, height: float, *, title: str, limit: object) -> Spec:
    """Return the layers of a figure with an axis of differences, without a width.

    Args:
        points: ``difference``, ``low``, ``high``, ``low_over_seeds``, ``high_over_seeds`` and ``margin`` (the last
            three may be None), ``label`` and ``change`` (texts at the left and the right edge), ``said`` (on hover),
            ``colour``, ``fill``, ``shape``, and the places of :func:`stacked`.
        heads: ``head``, a text above a group, and ``middle``, its place.
        height: in rows.
        title: of the axis.
        limit: the width of the longest label, in pixels or as an expression.

    """
    x = {
        "field": "difference",
        "type": "quantitative",
        "scale": {"domain": _ends(points), "nice": False},
        "axis": {"title": title, "format": "+~g", "labelExpr": _SIGNED, "tickCount": 5, **_LINE},
    }
    y = {"type": "quantitative", "scale": {"domain": [0, height], "reverse": True, "nice": False}, "axis": None}
    text = {"mark": {**_LEFT, "color": "var(--soft)"}, "encoding": _text(y, "middle", "head", 0)}
    named = {"data": {"values": heads}, **text}
    layers = [_zero(points, x, y), _intervals(x, y), _marks(x, y), *_words(y, limit), named]
    if any(one["margin"] is not None for one in points):
        layers.insert(0, _zone(points, x, y))
    if any(one["low_over_seeds"] is not None for one in points):
        layers.insert(-4, _over_seeds(points, x, y))
    return {"height": round(height * STEP), "data": {"values": points}, "layer": layers}


def short(text: str, longest: int) -> str:
    """Return a text for a figure, with so many characters at most.

    Its middle is left out: the names of a model and of its debiased forms differ at their ends.
    """
    text = visible(text)
    if len(text) <= longest:
        return text
    end = text[-(longest // 2) :]
    end = end[max(end.find(" "), 0) :]  # from a whole word
    return f"{text[: longest - 1 - len(end)].rstrip()}…{end}"


def signed(measure: str, value: float) -> str:
    """Return a difference in the way of its measure, with its sign unless it is shown as 0."""
    text = format_measure(measure, abs(value))
    return text if not any(digit in "123456789" for digit in text) else ("−" if value < 0 else "+") + text


def p_text(p: float) -> str:
    """Return ``p = .012`` or ``p < .001``."""
    return "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".", 1)


def _ends(panel: Points) -> list[float]:
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


def _zero(points: Points, x: Spec, y: Spec) -> Spec:
    """Return the line at 0, in the lower part of each row alone: it crosses no text."""
    ends = [{"zero": 0, "from": one["middle"] - 0.22, "to": one["middle"] + 0.22} for one in points]
    encoding = {"x": {**x, "field": "zero"}, "y": {**y, "field": "from"}, "y2": {"field": "to"}}
    return {"data": {"values": ends}, "mark": {"type": "rule", "color": "var(--soft)"}, "encoding": encoding}


def _zone(points: Points, x: Spec, y: Spec) -> Spec:
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


def _over_seeds(points: Points, x: Spec, y: Spec) -> Spec:
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
