"""Maps of query language × candidates' language: the parts that figures and the page's script share."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from equilingual.markup import visible
from equilingual.report.formatting import format_cell, format_difference
from equilingual.report.vega import Spec

STEPS = 11  # colours of a scale: variables --s0 to --s10 and --d0 to --d10 of the style sheet
_TURN = {"s": 6, "d": 4}  # from this step on (of differences: so far from the middle) texts have the other colour
# The differences that begin a step of colours, as in sections/pairs.js: narrow near 0, so that a small loss is seen
# beside a large gain, and the same in every map.
DIFFERENCES = (0.01, 0.02, 0.05, 0.1, 0.2)
_TALLEST = 22  # pixels of a cell: a wider one is so for its number
Cells = list[dict[str, Any]]
Ends = tuple[float, float]


def value_ends(values: Sequence[float]) -> Ends:
    """Return the tenths around all values."""
    low = math.floor(min(values, default=0.0) * 10 + 1e-9) / 10
    return low, max(math.ceil(max(values, default=0.0) * 10 - 1e-9) / 10, low + 0.1)


def colours(value: float, kind: str, ends: Ends = (0.0, 1.0)) -> tuple[str, str]:
    """Return the colour of a value and of the text on it, as variables of the style sheet.

    The colour is that of the number in the cell, which has two decimals: equal numbers have equal colours.

    Args:
        value: outside of the ends it has the colour of the nearer one.
        kind: ``s`` for values, ``d`` for differences, whose scale is :data:`DIFFERENCES`.
        ends: of the scale of values.

    """
    value = round(value, 2)
    if kind == "d":
        steps = sum(abs(value) >= least for least in DIFFERENCES)
        step = STEPS // 2 + (steps if value > 0 else -steps)
    else:
        part = (value - ends[0]) / (ends[1] - ends[0])
        step = round(min(max(part, 0.0), 1.0) * (STEPS - 1))
    is_far = step >= _TURN["s"] if kind == "s" else abs(step - STEPS // 2) >= _TURN["d"]
    return f"var(--{kind}{step})", f"var(--on-{'high' if is_far else 'low'})"


def cell(query: str, pool: str, value: float, kind: str, ends: Ends = (0.0, 1.0)) -> dict[str, Any]:
    """Return a cell as :func:`panel` draws it."""
    fill, ink = colours(value, kind, ends)
    text = format_cell(value) if kind == "s" else format_difference(value)
    return {"q": visible(query), "c": visible(pool), "text": text, "fill": fill, "ink": ink}


def panel(cells: Cells, tags: Sequence[str], step: int, title: str = "", *, fluid: bool = False) -> Spec:
    """Return a map without the page's looks, to stand alone or among others.

    Args:
        cells: of :func:`cell`; what else they have, under ``hover``, is shown by the page.
        tags: the languages, in their order on both axes.
        step: the width of a cell, in pixels.
        title: above the map.
        fluid: whether the page makes it as wide as its column, and numbers as large as cells allow.

    """
    domain = [visible(tag) for tag in tags]
    axis = {"grid": False, "labelPadding": 4, "labelOverlap": False, "titlePadding": 6}
    x = {"field": "c", "type": "nominal", "scale": {"domain": domain, "paddingInner": 0.04, "paddingOuter": 0}}
    y = {**x, "field": "q"}
    across = {**axis, "orient": "top", "labelAngle": 0 if len(tags) <= 24 else -90, "title": "candidates’ language"}
    down = {**axis, "title": "query language"}
    # The scale of a map among others has another name, which an expression would have to know.
    expression = "bandwidth('x') < 17 ? 0 : min(12, bandwidth('x') / 2.8, bandwidth('y') / 1.4)"
    size = {"expr": expression} if fluid else _size(cells, step)
    spec: Spec = {
        "width": {"step": step},
        "height": {"step": min(step, _TALLEST)},
        "data": {"values": cells},
        "encoding": {"x": {**x, "axis": across}, "y": {**y, "axis": down}},
        "layer": [
            {
                "mark": {"type": "rect"},
                "encoding": {"fill": _literal("fill"), "tooltip": {"field": "hover"}},
            },
            {
                "transform": [{"filter": "datum.q === datum.c"}],
                "mark": {"type": "rect", "stroke": "var(--ink)", "strokeWidth": 1.5, "fill": None, "tooltip": None},
            },
            {
                "mark": {"type": "text", "fontSize": size, "tooltip": None},
                "encoding": {"text": {"field": "text"}, "color": _literal("ink")},
            },
        ],
    }
    return {**spec, "title": {"text": title, "anchor": "start", **TITLE}} if title else spec


def _size(cells: Cells, step: int) -> float:
    """Return the size of numbers that fit into their cells, in pixels; 0 where they would be too small to read."""
    longest = max((len(cell["text"]) for cell in cells), default=1)  # a figure or sign is 0.65 of the size at most
    return min(12.0, round(step / (0.65 * longest), 1)) if step >= 17 else 0


# One weight of the font: see vega.py.
TITLE = {"fontSize": 12, "fontWeight": "normal", "color": "var(--ink)"}


def _literal(field: str) -> Spec:
    return {"field": field, "type": "nominal", "scale": None}


def value_strip(ends: Ends, title: str = "") -> Spec:
    """Return the colours of values, with the numbers at their low end, middle and high end."""
    texts = [format_cell(value) for value in (ends[0], sum(ends) / 2, ends[1])]
    return _strip("s", dict(zip((0, STEPS // 2, STEPS - 1), texts, strict=True)), 14, title)


def difference_strip() -> Spec:
    """Return the colours of differences, each with the least difference that it is of."""
    steps = [format_cell(least) for least in DIFFERENCES]
    texts = [*reversed(steps), "0", *steps]
    return _strip("d", dict(enumerate(texts)), 24, "← worse · difference of at least · better →")


def _strip(kind: str, texts: Mapping[int, str], step: int, title: str) -> Spec:
    steps = [{"n": number, "fill": f"var(--{kind}{number})"} for number in range(STEPS)]
    x = {"field": "n", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0}}
    words = [{"n": n, "text": text} for n, text in texts.items()]
    return {
        "title": {"text": title, "anchor": "start", **TITLE},
        "width": {"step": step},
        "height": 12,
        "encoding": {"x": x},
        "layer": [
            {"data": {"values": steps}, "mark": {"type": "rect"}, "encoding": {"fill": _literal("fill")}},
            {
                "data": {"values": words},
                "mark": {"type": "text", "dy": 16, "color": "var(--soft)"},
                "encoding": {"text": {"field": "text"}},
            },
        ],
    }
