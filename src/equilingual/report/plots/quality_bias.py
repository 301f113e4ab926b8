"""Quality within a language against language bias: the figure for the paper.

Right is better quality, up is less bias. A line that widens leads from the base encoder to what was made of it.
"""

import math
from collections.abc import Collection, Sequence
from typing import Any

from equilingual.markup import visible
from equilingual.report.board import Board, Figure, Row
from equilingual.report.formatting import format_measure, shorten
from equilingual.report.marks import chart_shape
from equilingual.report.perfect import lowest_possible, perfect_distance
from equilingual.report.plots.differences import short
from equilingual.report.plots.legend import plain_names
from equilingual.report.plots.plot import Plot, Rows
from equilingual.report.published import published_systems
from equilingual.report.run import Run
from equilingual.report.variants import row_variants
from equilingual.report.vega import Spec, chart, colour_of

_HEIGHT = 290  # pixels
_LINE = 15  # pixels from one label to the next
_LEAST = 0.5  # places: a logarithmic axis has no 0
_LONGEST_LABEL = 34  # characters
_MOST_LABELS = 10  # of our own models; with more, debiased forms of trained models have none
_BEST = 3  # models of the least language bias, which have their names in any case
_TITLE = {
    **{"orient": "bottom", "anchor": "start", "offset": 8, "fontSize": 12, "fontWeight": "normal"},
    "color": "var(--soft)",
}
# Below the axis, in lines that a phone has room for.
_BARS, _WEDGES = "Bars: 95% intervals over questions; with several seeds,", "Wedges: from the base encoder."
_ALONE = f"Bars: 95% intervals. {_WEDGES}"
_STEPS = (
    (2.0, (1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9)),
    (20.0, (1, 1.5, 2, 3, 4, 5, 7)),
    (1000.0, (1, 2, 5)),
    (math.inf, (1,)),
)  # of a logarithmic axis whose ends have at most this ratio
_QUALITY, _BIAS = ("monolingual", "map"), ("multilingual", "rank_distance")


def rows(run: Run, benchmark: str) -> Rows:
    """Return the models that have both figures, then published ones; values as they are, with 95% intervals."""
    board = run.board
    shades = row_variants(board)
    found = [one for row in board.rows_of(benchmark) if (one := _row(board, benchmark, row, shades[row]))]
    judged = run.benchmarks.get(benchmark, {}).get("pool") == "judged"
    published = published_systems(benchmark, len(board.languages[benchmark]), judged=judged)
    ours = {one["model"]: one for one in found}
    for one in found:
        base = ours.get(one["base"])
        if base is not None and base is not one:
            one |= {"base_quality": base["quality"], "base_bias": base["bias"]}
    theirs = [
        _entry(one.label, "other", Figure(quality), Figure(bias), source=one.source)
        for one in published
        if (quality := one.figure(*_QUALITY)) is not None and (bias := one.figure(*_BIAS)) is not None
    ]
    perfect = perfect_distance(run.benchmarks.get(benchmark), len(board.languages[benchmark]))
    whole = int(perfect) if perfect.is_integer() else perfect
    return [{**one, "perfect": whole} for one in [*found, *theirs]] if found else []


def _row(board: Board, benchmark: str, row: Row, shade: int) -> dict[str, Any] | None:
    quality, bias = (board.figure(row, benchmark, *of) for of in (_QUALITY, _BIAS))
    if quality.value is None or bias.value is None:
        return None
    base = board.baseline(row)
    entry = _entry(row.label, row.kind, quality, bias)
    own = {
        "model": row.group,
        "shade": shade,
        "seeds": len(board.seeds[row]),
        "debias": row.debias,
        "base": base.group if base and not row.is_base else None,
    }
    return {**entry, **own}


def _entry(label: str, kind: str, quality: Figure, bias: Figure, *, source: str = "") -> dict[str, Any]:
    """Return a row; a published system has a source."""
    return {
        "model": None,
        "label": label,
        "kind": kind,
        "shade": 0,
        "seeds": None,
        "debias": None,
        "published": bool(source),
        "source": source,
        "quality": quality.value,
        "quality_low": quality.low,
        "quality_high": quality.high,
        "bias": bias.value,
        "bias_low": bias.low,
        "bias_high": bias.high,
        "base": None,
        "base_quality": None,
        "base_bias": None,
    }


def without_name(shown: Rows) -> set[str]:
    """Return the models whose names the figure leaves out, for lack of room: debiased forms of trained models.

    The least biased of all have their names.
    """
    own = [one for one in shown if not one["published"]]
    if len(own) <= _MOST_LABELS:
        return set()
    least = {str(one["model"]) for one in sorted(own, key=lambda one: _number(one["bias"]) or 0.0)[:_BEST]}
    return {str(one["model"]) for one in own if _is_debiased_after_training(one)} - least


def _is_debiased_after_training(one: dict[str, object]) -> bool:
    return one["debias"] != "none" and one["kind"] in ("mono", "cross", "hybrid", "other")


def spec(shown: Rows) -> Spec:
    """Return the figure; what is published is in it, and off until the signal ``published`` is true."""
    own = [one for one in shown if not one["published"]]
    perfect = max(float(str(shown[0]["perfect"])), _LEAST)
    on_axis = _is_near(perfect, own)
    ends, all_ends = (_bias_ends(drawn, perfect if on_axis else None) for drawn in (own, shown))
    nameless = without_name(shown)
    points = [_point(one) | {"short": name} for one, name in zip(shown, _names(shown), strict=True)]
    named = [point for point in points if point["model"] not in nameless]
    of_own = [point for point in named if not point["published"]]
    for name, (low, high), drawn in (("own_label", ends, of_own), ("all_label", all_ends, named)):
        places = _label_places([point["bias"] for point in drawn], low, high)
        for point, place in zip(drawn, places, strict=True):
            point[name] = place
    y = {
        "field": "bias",
        "type": "quantitative",
        "scale": {"type": "log", "domain": _either(ends, all_ends), "reverse": True, "nice": False},
        "axis": {
            "title": "← more bias · rank distance · less bias →",
            "values": sorted({*_ticks(*ends), *_ticks(*all_ends)}),
            "format": "~s",
        },
    }
    x = {
        "field": "quality",
        "type": "quantitative",
        "scale": {"zero": False, "nice": False, "domain": _either(_quality_ends(own), _quality_ends(shown))},
        "axis": {"title": "monolingual mAP → better", "titleAnchor": "start", "format": ".2f", "tickCount": 5}
        | {"labelOverlap": "greedy", "labelSeparation": 2},
    }
    return chart(
        {
            "title": {"text": _notes(own, nameless), **_TITLE},
            "height": _HEIGHT,
            "params": [{"name": "published", "value": False}],
            "data": {"values": points},
            "transform": [
                {"filter": "!datum.published || published"},
                {"calculate": "published ? datum.all_label : datum.own_label", "as": "label_bias"},
            ],
            "layer": [
                _perfect(perfect, y, on_axis=on_axis),
                *_arrows(named, x, y),
                *_intervals(x, y),
                *_labels(x, y),
                *_marks(x, y),
            ],
        }
    )


def _notes(own: Rows, nameless: Collection[str]) -> list[str]:
    """Return what the figure says below its axis: it may stand without the page."""
    has_seeds = any((_number(one["seeds"]) or 1) > 1 for one in own)
    bars = [_BARS, "from the lowest to the highest end of their intervals.", _WEDGES] if has_seeds else [_ALONE]
    named = any(_is_debiased_after_training(one) and str(one["model"]) not in nameless for one in own)
    rest = [f"Without a name: {'other ' if named else ''}debiased forms of trained models."] if nameless else []
    return [*bars, *rest]


def _either(own: tuple[float, float], everything: tuple[float, float]) -> list[dict[str, str]]:
    """Return the ends of a scale, wider where what is published is shown."""
    return [{"expr": f"published ? {wide:.6g} : {near:.6g}"} for near, wide in zip(own, everything, strict=True)]


def _point(one: dict[str, object]) -> dict[str, Any]:
    """Return a row as it is drawn: values a logarithmic axis can show, texts without control characters."""
    clipped = {name: _clip(one[name]) for name in ("bias", "bias_low", "bias_high", "base_bias")}
    texts = {
        "shown": visible(shorten(", ".join(filter(None, (str(one["label"]), str(one["source"])))), 300)),
        "mAP": _text("map", one, "quality"),
        "rank distance": _text("rank_distance", one, "bias"),
    }
    kept = ("model", "published", "quality", "quality_low", "quality_high", "base_quality")
    colour, is_open = colour_of(str(one["kind"]), int(str(one["shade"]))), one["published"] or one["kind"] == "none"
    looks = {"colour": colour, "fill": "var(--paper)" if is_open else colour, "shape": chart_shape(str(one["kind"]))}
    return {**{name: one[name] for name in kept}, **clipped, **texts, **looks}


def _names(shown: Rows) -> list[str]:
    """Return the names for the figure: without the method in parentheses where all differ without it."""
    return [short(name, _LONGEST_LABEL) for name in plain_names([str(one["label"]) for one in shown])]


def _clip(value: object) -> float | None:
    return max(float(value), _LEAST) if isinstance(value, int | float) else None


def _text(measure: str, one: dict[str, object], name: str) -> str:
    value, low, high = (_number(one[key]) for key in (name, f"{name}_low", f"{name}_high"))
    ends = f" ({format_measure(measure, low)} to {format_measure(measure, high)})" if low is not None else ""
    return format_measure(measure, value) + ends


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _values(shown: Rows, *names: str) -> list[float]:
    return [value for one in shown for name in names if (value := _number(one[name])) is not None]


def _biases(shown: Rows) -> list[float]:
    return [max(value, _LEAST) for value in _values(shown, "bias", "bias_low", "bias_high")]


def _is_near(perfect: float, shown: Rows) -> bool:
    """Return whether the perfect ranking leaves at least half of the axis to the models."""
    values = _biases(shown)
    return min(values) / perfect <= max(values) / min(values)


def _bias_ends(shown: Rows, perfect: float | None) -> tuple[float, float]:
    values = [*_biases(shown), *([perfect] if perfect is not None else [])]
    return min(values) / 1.12, max(values) * 1.12


def _quality_ends(shown: Rows) -> tuple[float, float]:
    values = _values(shown, "quality", "quality_low", "quality_high")
    space = max((max(values) - min(values)) * 0.05, 0.005)
    return min(values) - space, max(values) + space


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers times powers of ten, more of them the shorter the axis."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = next(steps for longest, steps in _STEPS if high / low < longest)
    return [tick for power in powers for step in steps if low <= (tick := step * 10.0**power) <= high]


def _label_places(values: Sequence[float], low: float, high: float) -> list[float]:
    """Return where on the axis each value's label stands: near the value, and over no other label."""
    wanted = [math.log(value / low) / math.log(high / low) * _HEIGHT for value in values]  # pixels from the top
    order = sorted(range(len(wanted)), key=lambda number: wanted[number])
    step = min(_LINE, _HEIGHT / max(1, len(order)))
    blocks: list[list[int]] = []
    for number in order:  # neighbours that would meet share a block around the mean of what they want
        blocks.append([number])
        while len(blocks) > 1 and _top(blocks[-1], wanted, step) < _top(blocks[-2], wanted, step) + step * len(
            blocks[-2]
        ):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    places = [0.0] * len(wanted)
    for block in blocks:
        top = _top(block, wanted, step)
        for position, number in enumerate(block):
            places[number] = float(f"{low * (high / low) ** ((top + step * position) / _HEIGHT):.6g}")
    return places


def _top(group: Sequence[int], wanted: Sequence[float], step: float) -> float:
    middle = sum(wanted[number] for number in group) / len(group)
    return min(max(middle - step * (len(group) - 1) / 2, 0.0), _HEIGHT - step * (len(group) - 1))


_COLOUR = {"field": "colour", "type": "nominal", "scale": None}


def _perfect(value: float, y: Spec, *, on_axis: bool) -> Spec:
    """Return the line of a perfect ranking; where the axis ends before it, only its value, above the axis."""
    data = {"values": [{"bias": value}]}
    mark = {"type": "text", "align": "left", "dy": -7, "color": "var(--soft)"}
    if not on_axis:
        text = {"value": f"↑ {lowest_possible(value)}, beyond the axis"}
        return {"data": data, "mark": mark, "encoding": {"y": {"value": 0}, "x": {"value": 4}, "text": text}}
    rule = {"mark": {"type": "rule", "color": "var(--soft)", "strokeDash": [2, 3]}, "encoding": {"y": y}}
    words = {"mark": mark, "encoding": {"y": y, "x": {"value": 4}, "text": {"value": lowest_possible(value)}}}
    return {"data": data, "layer": [rule, words]}


def _arrows(points: Sequence[dict[str, Any]], x: Spec, y: Spec) -> list[Spec]:
    ends = [
        {"line": number, "quality": quality, "bias": bias, "size": size, "colour": one["colour"]}
        for number, one in enumerate(points)
        if one["base_bias"] is not None
        for quality, bias, size in (
            (one["base_quality"], one["base_bias"], 0.5),
            (one["quality"], one["bias"], 4.5),
        )
    ]
    size = {"field": "size", "type": "quantitative", "scale": None}
    encoding = {"x": x, "y": y, "detail": {"field": "line"}, "size": size, "color": _COLOUR}
    mark = {"type": "trail", "opacity": 0.3}
    return [{"data": {"values": ends}, "mark": mark, "encoding": encoding}] if ends else []


def _intervals(x: Spec, y: Spec) -> list[Spec]:
    mark = {"type": "rule", "opacity": 0.4, "strokeWidth": 1.2}
    across = {"x": {**x, "field": "quality_low"}, "x2": {"field": "quality_high"}, "y": y, "color": _COLOUR}
    along = {"y": {**y, "field": "bias_low"}, "y2": {"field": "bias_high"}, "x": x, "color": _COLOUR}
    valid = [{"filter": "isValid(datum.quality_low) && isValid(datum.bias_low)"}]
    return [{"transform": valid, "mark": mark, "encoding": encoding} for encoding in (across, along)]


def _labels(x: Spec, y: Spec) -> list[Spec]:
    """Return each label at the right edge, and dots that lead to it from its point; nothing for one without a place."""
    placed = [{"filter": "isValid(datum.label_bias)"}]
    at_label = {**y, "field": "label_bias"}
    line = {
        "transform": placed,
        "mark": {"type": "rule", "color": "var(--soft)", "strokeWidth": 0.8, "strokeDash": [1, 3]},
        "encoding": {"x": x, "x2": {"value": "width"}, "y": y, "y2": {"field": "label_bias"}},
    }
    text = {
        "transform": placed,
        "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 5},
        "encoding": {"x": {"value": "width"}, "y": at_label, "text": {"field": "short"}, "color": _COLOUR},
    }
    return [line, text]


def _marks(x: Spec, y: Spec) -> list[Spec]:
    """Return the marks, and over each a disc that cannot be seen: what the pointer meets, whatever the shape."""
    tooltip = [{"field": "shown", "title": "model"}, {"field": "mAP"}, {"field": "rank distance"}]
    looks = {name: {"field": name, "type": "nominal", "scale": None} for name in ("fill", "shape")}
    mark = {"type": "point", "size": 120, "strokeWidth": 2, "opacity": 1}
    disc = {"mark": {"type": "circle", "size": 200, "opacity": 0}, "encoding": {"x": x, "y": y, "tooltip": tooltip}}
    marks = {"name": "points", "mark": mark, "encoding": {"x": x, "y": y, **looks, "stroke": _COLOUR}}
    return [marks, disc]


def describe(shown: Rows) -> str:
    """Return the values of our own models in words."""
    parts = [f"{one['label']}: mAP {_text('map', one, 'quality')}, rank distance {_text('rank_distance', one, 'bias')}"
             for one in shown if not one["published"]]  # fmt: skip
    return shorten("Monolingual mAP against language bias. " + "; ".join(parts), 3000)


PLOT = Plot("quality-bias", rows, spec, describe)
