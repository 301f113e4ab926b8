"""Differences with their intervals, one below the other: what the forest plots of the page and of a study share."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from equilingual.markup import visible
from equilingual.report.formatting import format_measure
from equilingual.report.vega import Spec

STEP = 21  # pixels of a row: a name, a mark with its interval, and a value, on one line
HEAD = 1.1  # rows: what stands above a group of rows
_LETTER = 6.3  # pixels of a letter, a little more than the mean one has
_SPACE = 10  # pixels between a text and the plot
_LONGEST_PART = 10  # letters: p or a difference
_NAMES = 0.45  # of the width: names take this at most
_NARROW = 480  # pixels: in a figure of less, names and values take two lines
_NARROW_STEP = 32  # pixels of a row there
_LEADING = 13  # pixels of each of them
_PHONE = 350  # pixels: of such a figure on a phone, by which names are divided
Points = Sequence[Mapping[str, Any]]


def stacked(groups: Iterable[tuple[str, Points]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]], float]:
    """Return the points of some groups with their places, the heads with theirs, and the height, all in rows.

    Args:
        groups: the text above each group, and its points.

    """
    points, heads, top = [], [], 0.0
    for head, members in groups:
        heads.append({"head": head, "middle": round(top + HEAD / 2, 3)})
        top += HEAD
        for one in members:
            points.append({**one, "middle": round(top + 0.5, 3)})
            top += 1
    return points, heads, round(top, 3)


def drawn(points: Points, heads: Points, height: float, *, title: str, width: int | None) -> Spec:
    """Return the layers of a figure with an axis of differences between the names and the values.

    Args:
        points: ``difference``, ``low``, ``high``, ``low_over_seeds``, ``high_over_seeds`` and ``margin`` (the last
            three may be None), ``label`` and ``change`` (texts at the left and the right edge; the latter's first part,
            to a comma, is what a narrow figure shows), ``said`` (on hover), ``colour``, ``fill``, ``shape``, and the
            places of :func:`stacked`.
        heads: ``head``, a text above a group, and ``middle``, its place.
        height: in rows.
        title: of the axis.
        width: in pixels; None for that of its column.

    """
    names = round(_longest(points, "label") * _LETTER + _SPACE)
    if width is not None:
        names = min(names, round(_NAMES * width))
        points = [{**one, "label": short(str(one["label"]), int((names - _SPACE) / _LETTER))} for one in points]
    else:
        points = [{**one, "lines": _lines(str(one["label"]))} for one in points]
    left, right = _plot_ends(names, _longest(points, "change"), width)
    x = {
        "field": "difference",
        "type": "quantitative",
        "scale": {"domain": _ends(points), "nice": False, "range": [left, right]},
        "axis": {"title": title, "format": "+~g", "labelExpr": _SIGNED, "tickCount": 3, **_LINE},
    }
    y = {"type": "quantitative", "scale": {"domain": [0, height], "reverse": True, "nice": False}, "axis": None}
    text = {"mark": {**_LEFT, "color": "var(--soft)"}, "encoding": _text(y, "middle", "head", 0)}
    named = {"data": {"values": heads}, **text}
    layers = [_zero(points, x, y), _intervals(x, y), _marks(x, y), *_words(y, left, narrows=width is None), named]
    if any(one["margin"] is not None for one in points):
        layers.insert(0, _zone(points, x, y))
    if any(one["low_over_seeds"] is not None for one in points):
        layers.insert(-4, _over_seeds(points, x, y))
    spec: Spec = {"height": round(height * STEP), "data": {"values": points}, "layer": layers}
    if width is None:
        spec["usermeta"] = {"narrow": {"below": _NARROW, "height": round(height * _NARROW_STEP)}}  # for figures.js
    return spec


def _lines(text: str) -> list[str]:
    """Return a name in two lines at most, for a phone."""
    longest = int(_NAMES * _PHONE / _LETTER)
    debiased = text.rpartition(", ")
    if len(text) > longest and debiased[0] and max(len(debiased[0]) + 1, len(debiased[2])) <= longest:
        return [f"{debiased[0]},", debiased[2]]
    first, *rest = textwrap.wrap(text, longest) or [""]
    return [first, short(" ".join(rest), longest)] if rest else [first]


def _longest(points: Points, name: str) -> int:
    return max((len(str(one[name])) for one in points), default=0)


def _plot_ends(names: int, longest_value: int, width: int | None) -> tuple[object, object]:
    """Return where the plot begins and ends, in pixels: between the names and the values."""
    values = round(longest_value * _LETTER + _SPACE)
    if width is not None:
        return names, width - values
    narrow = round(_LONGEST_PART * _LETTER + _SPACE)
    return (
        {"expr": f"min({names}, {_NAMES} * width)"},
        {"expr": f"width - (width < {_NARROW} ? {narrow} : {values})"},
    )


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
    """Return the line at 0, beside the rows alone: it crosses no head of a group."""
    ends = [{"zero": 0, "from": one["middle"] - 0.5, "to": one["middle"] + 0.5} for one in points]
    encoding = {"x": {**x, "field": "zero"}, "y": {**y, "field": "from"}, "y2": {"field": "to"}}
    return {"data": {"values": ends}, "mark": {"type": "rule", "color": "var(--soft)"}, "encoding": encoding}


def _zone(points: Points, x: Spec, y: Spec) -> Spec:
    """Return the zone of equivalence, from -margin to margin, beside the rows that have a margin."""
    zones = [
        {"left": -one["margin"], "right": one["margin"], "top": one["middle"] - 0.5, "bottom": one["middle"] + 0.5}
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


def _words(y: Spec, limit: object, *, narrows: bool) -> list[Spec]:
    """Return the name of the first model at the left edge, and the difference with its p at the right."""
    said = {"tooltip": {"field": "said", "type": "nominal"}}
    name: Spec = {"mark": {**_LEFT, "limit": limit}, "encoding": {**_text(y, "middle", "label", 0), **said}}
    right = {"x": {"value": "width"}, "y": {**y, "field": "middle"}, "text": {"field": "change"}, **said}
    change: Spec = {"mark": {**_LEFT, "align": "right", "color": "var(--soft)"}, "encoding": right}
    if narrows:
        for layer, lines in ((name, "datum.lines"), (change, "split(datum.change, ', ')")):
            whole = f"datum.{layer['encoding'].pop('text')['field']}"
            higher = {"expr": f"width < {_NARROW} && length({lines}) > 1 ? {-_LEADING / 2} : 0"}  # around the middle
            layer["mark"] |= {"text": {"expr": f"width < {_NARROW} ? {lines} : {whole}"}, "lineHeight": _LEADING}
            layer["mark"]["dy"] = higher
    return [name, change]


def _text(y: Spec, place: str, field: str, x: int) -> Spec:
    return {"x": {"value": x}, "y": {**y, "field": place}, "text": {"field": field}}
