"""Curves and interaction plots: a mean and its interval at each level of x, a line for each series, a dot per seed."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from equilingual.evaluation.catalogue import MEASURES
from equilingual.markup import visible
from equilingual.report.formatting import format_measure, is_number, shorten
from equilingual.report.plots.differences import short
from equilingual.report.studies.drawing import (
    DASHES,
    REFERENCE,
    SHAPES,
    Drawing,
    Key,
    PanelDrawing,
    colours_of,
    seeds_text,
    value_text,
)
from equilingual.report.studies.record import Panel, Record, Study, axis_title
from equilingual.report.vega import Spec

_HEIGHT = 240  # pixels of a panel
_LARGE = 10_000  # numbers of an axis from here on are in thousands or millions
_PREFIXES = ("", "k", "M", "G")
_SAID = ("strategy", "variant")  # series whose values say what they are
_UNTRAINED = ("strategy", "none")
_BASE = "base encoder (zero-shot)"
_DODGE = 0.1  # of the distance of two words on the x axis: from one series to the next
_BEST = 8  # pixels: from one series' marks of the best level to the next
_CROWDED = 42  # characters that the words on an x axis have room for: more are slanted
_REFERENCE_DASHES = ([5, 3], [1, 2], [9, 3], [7, 2, 1, 2])
COLUMNS = ("panel", "what", "model", "label", "series", "x", "seed", "value", "low", "high", "seeds")


@dataclass(frozen=True)
class Axis:
    """The x axis.

    Attributes:
        words: its levels where they are not numbers, or where each is a place of its own; empty for numbers.
        numbers: its levels where they are numbers, ascending.

    """

    title: str
    words: list[str]
    numbers: list[float]
    is_log: bool

    def place(self, level: Any) -> float:  # noqa: ANN401 (JSON)
        """Return where a level stands."""
        return float(self.words.index(word(level))) if self.words else float(level)

    def encoding(self) -> Spec:
        """Return the channel of Vega-Lite."""
        x: Spec = {"field": "x", "type": "quantitative"}
        axis: Spec = {"title": self.title, "titleAnchor": "start", "grid": False}
        if self.words:
            shown = [short(one, 24) for one in self.words]
            axis |= {"values": list(range(len(shown))), "labelExpr": f"{json.dumps(shown)}[datum.value]"}
            slanted = {"labelAngle": -25, "labelAlign": "right"}
            axis |= {"labelLimit": 150, "labelOverlap": False, **(slanted if self._is_crowded(shown) else {})}
            return {**x, "scale": {"domain": [-0.5, len(shown) - 0.5], "nice": False}, "axis": axis}
        low, high = self.numbers[0], self.numbers[-1]
        written = "~s" if high >= _LARGE else "~g"  # as an axis, Vega would round to what its own ticks need
        axis |= {"values": self.numbers, "labelExpr": f"format(datum.value, '{written}')", "labelOverlap": "greedy"}
        if self.is_log:
            factor = (high / low) ** 0.06 if high > low else 2.0
            return {**x, "scale": {"type": "log", "domain": [low / factor, high * factor], "nice": False}, "axis": axis}
        space = (high - low) * 0.05 or 1.0
        return {**x, "scale": {"domain": [low - space, high + space], "nice": False, "zero": False}, "axis": axis}

    @staticmethod
    def _is_crowded(shown: Sequence[str]) -> bool:
        return len(shown) > 1 and max(map(len, shown)) * len(shown) > _CROWDED


def draw(study: Study) -> Drawing:
    """Return the figure of a study with an x axis."""
    keys = _keys(study)
    found = rows(study)
    axis = _axis(study, found)
    drawn = [_panel(study, panel, found, axis, keys) for panel in study.panels]
    shown = [key for name, key in keys.items() if name] + _reference_keys(study)
    return Drawing(found, drawn, shown, _note(study, found), _best_sentences(study))


def rows(study: Study) -> list[dict[str, Any]]:
    """Return what the figure shows: ``what`` is mean, seed, reference or best."""
    return [row for panel in study.panels for row in _rows_of(study, panel)]


def _rows_of(study: Study, panel: Panel) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for point in study.figure["points"]:
        model = study.models[str(point["model"])]
        key = (str(point["model"]), panel.benchmark, panel.setting, study.measure, panel.languages)
        if key not in study.means:
            continue
        at = {"panel": panel.name, "model": key[0], "label": str(model["label"])}
        at |= {"series": word(point["series"]), "x": point["x"]}
        found.append(_row(what="mean", **at, **_mean(study.means[key])))
        seeds = study.seeds.get(key, ())
        for one in seeds if len(seeds) > 1 else ():
            found.append(_row(what="seed", **at, seed=one["seed"], value=one["value"]))
    for name in study.references:
        mean = study.means.get((name, panel.benchmark, panel.setting, study.measure, panel.languages))
        if mean is not None:
            label = str(study.models[name]["label"])
            found.append(_row(panel=panel.name, what="reference", model=name, label=label, **_mean(mean)))
    for best in study.record["best"]:
        if best["panel"] == panel.name:
            ends = {"x": best["x"], "low": best["low"], "high": best["high"]}
            found.append(_row(panel=panel.name, what="best", series=word(best["series"]), **ends))
    return found


def _row(**values: object) -> dict[str, Any]:
    return {name: values.get(name) for name in COLUMNS}


def _mean(mean: Record) -> dict[str, Any]:
    return {name: mean[name] for name in ("value", "low", "high", "seeds")}


def word(level: object) -> str:
    """Return a level as a word: ``0.5``, ``batch``; nothing for None."""
    if level is None:
        return ""
    return f"{level:g}" if is_number(level) else str(level)


def _keys(study: Study) -> dict[str, Key]:
    """Return the legend's entry of every series, by its name."""
    names = list(dict.fromkeys(word(point["series"]) for point in study.figure["points"]))
    of = study.figure["series"]
    prefix = "" if of is None or of in _SAID else f"{axis_title(str(of))}: "
    return {
        name: Key(
            _BASE if (of, name) == _UNTRAINED else prefix + name,
            colour,
            SHAPES[number % len(SHAPES)],
            DASHES[number % len(DASHES)],
        )
        for number, (name, colour) in enumerate(zip(names, colours_of(names), strict=True))
    }


def _reference_keys(study: Study) -> list[Key]:
    return [
        Key(str(study.models[name]["label"]), "var(--soft)", REFERENCE, _REFERENCE_DASHES[number % 4])
        for number, name in enumerate(study.references)
    ]


def _axis(study: Study, found: Sequence[Mapping[str, Any]]) -> Axis:
    levels = [one["x"] for one in found if one["what"] == "mean"]
    title, is_log = axis_title(str(study.figure["x"])), study.figure["scale"] == "log"
    if study.figure["kind"] == "interaction" or not all(map(is_number, levels)):
        ordered = sorted(dict.fromkeys(levels)) if all(map(is_number, levels)) else levels
        return Axis(title, list(dict.fromkeys(map(word, ordered))), [], is_log=False)
    return Axis(title, [], sorted(dict.fromkeys(map(float, levels))) or [0.0, 1.0], is_log)


def _panel(
    study: Study, panel: Panel, found: Sequence[Mapping[str, Any]], axis: Axis, keys: Mapping[str, Key]
) -> PanelDrawing:
    own = [one for one in found if one["panel"] == panel.name]
    together = found if study.figure["panels"] == "languages" else own  # groups are held against each other
    has_best = any(one["what"] == "best" for one in own)
    y = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": _ends(together, below=0.06 * len(keys) * has_best), "nice": False, "zero": False},
        "axis": {"title": _y_title(study), "format": "~g", "tickCount": 5},
    }
    x = axis.encoding()
    layers = [_reference(one, y, number, study.measure) for number, one in enumerate(_of(own, "reference"))]
    series = []
    for number, (name, key) in enumerate(keys.items()):
        shift = _DODGE * (number - (len(keys) - 1) / 2) if axis.words else 0.0
        members = [
            {**one, "x": axis.place(one["x"]) + shift} for one in own if one["series"] == name and one["x"] is not None
        ]
        series.append(_line(members, key, x, y, study.measure, is_curve=not axis.words))
    layers += [layer for depth in zip(*series, strict=True) for layer in depth if layer]  # no dot covers a mean
    bests = [one for one in own if one["what"] == "best"]
    layers += [_best(one, study, keys, x) for one in bests if one["series"] in keys]
    return PanelDrawing(study.title_of(panel), {"height": _HEIGHT, "layer": layers}, _describe(study, panel, own, axis))


def _of(found: Sequence[Mapping[str, Any]], what: str) -> list[Mapping[str, Any]]:
    return [one for one in found if one["what"] == what]


def _y_title(study: Study) -> str:
    measure = MEASURES[study.measure]
    return measure.title + {"high": " → better", "low": " ← better"}.get(measure.better, "")


def _ends(found: Sequence[Mapping[str, Any]], below: float) -> list[float]:
    """Return the ends of the y axis: all values and intervals, with room ``below`` (a fraction) for marks."""
    shown = [one for one in found if one["what"] != "best"]
    values = [float(one[name]) for one in shown for name in ("value", "low", "high") if one[name] is not None]
    low, high = min(values, default=0.0), max(values, default=1.0)
    space = (high - low) or 0.01
    return [float(f"{low - (0.05 + below) * space:.6g}"), float(f"{high + 0.05 * space:.6g}")]


def _reference(one: Mapping[str, Any], y: Spec, number: int, measure: str) -> Spec:
    mark = {"type": "rule", "color": "var(--soft)", "strokeDash": _REFERENCE_DASHES[number % 4], "strokeWidth": 1.5}
    data = {"values": [{"value": one["value"], "said": _said(one, measure)}]}
    return {"data": data, "mark": mark, "encoding": {"y": y, "tooltip": {"field": "said", "type": "nominal"}}}


def _line(
    members: Sequence[Mapping[str, Any]], key: Key, x: Spec, y: Spec, measure: str, *, is_curve: bool
) -> list[Spec | None]:
    """Return the layers of a series: band or intervals, a line through the means, dots of seeds, and points.

    None stands for one that has nothing to show.

    There is a band where each level has one model. Where it has several, the line is through their average.
    """
    means, seeds = sorted(_of(members, "mean"), key=lambda one: float(one["x"])), _of(members, "seed")
    levels = [[float(one["value"]) for one in at] for _, at in groupby(means, key=lambda one: one["x"])]
    through = [
        {"x": place, "value": sum(values) / len(values)}
        for place, values in zip(dict.fromkeys(one["x"] for one in means), levels, strict=True)
    ]
    whole = [_drawn_point(one, measure) for one in means if one["low"] is not None and one["high"] is not None]
    across = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    has_band = is_curve and len(whole) == len(through) > 1
    spread: Spec = (
        {"type": "area", "color": key.colour, "opacity": 0.16}
        if has_band
        else {"type": "rule", "color": key.colour, "opacity": 0.6, "strokeWidth": 1.5}
    )
    line = {"type": "line", "color": key.colour, "strokeDash": list(key.dash), "strokeWidth": 2}
    dot = {"type": "point", "filled": True, "size": 16, "color": key.colour, "opacity": 0.55}
    point = {"type": "point", "size": 75, "shape": key.shape, "stroke": key.colour, "fill": key.colour, "opacity": 1}
    at = {"x": x, "y": y}
    said = {**at, "tooltip": {"field": "said", "type": "nominal"}}
    layers = [
        (whole, spread, across),
        (through if len(through) > 1 else [], line, at),
        ([_drawn_point(one, measure) for one in seeds], dot, said),
        ([_drawn_point(one, measure) for one in means], point, said),
    ]
    return [
        {"data": {"values": values}, "mark": mark, "encoding": of} if values else None for values, mark, of in layers
    ]


def _drawn_point(one: Mapping[str, Any], measure: str) -> dict[str, Any]:
    return {**{name: one[name] for name in ("x", "value", "low", "high")}, "said": _said(one, measure)}


def _said(one: Mapping[str, Any], measure: str) -> str:
    """Return a point in words, for who points at it."""
    more = f", seed {one['seed']}" if one["seed"] is not None else ""
    rests_on = seeds_text(one["seeds"]) if one["what"] == "mean" else ""
    return visible(
        shorten(f"{one['label']}{more}: {value_text(measure, one)}{f', {rests_on}' if rests_on else ''}", 300)
    )


def _best(one: Mapping[str, Any], study: Study, keys: Mapping[str, Key], x: Spec) -> Spec:
    """Return the marks of a series' best level and of those equivalent to it, at the bottom."""
    place = list(keys).index(one["series"])
    record = next(
        best for best in study.record["best"] if best["panel"] == one["panel"] and word(best["series"]) == one["series"]
    )
    levels = [{"x": level, "size": 20} for level in record.get("equivalent") or () if level != one["x"]]
    marks = [{"x": one["x"], "size": 90}, *levels]
    mark = {"type": "point", "shape": "triangle-up", "filled": True, "color": keys[one["series"]].colour, "opacity": 1}
    size = {"field": "size", "type": "quantitative", "scale": None}
    y = {"value": _HEIGHT - 5 - _BEST * place}
    return {"data": {"values": marks}, "mark": mark, "encoding": {"x": x, "y": y, "size": size}}


def _note(study: Study, found: Sequence[Mapping[str, Any]]) -> str:
    seeds = " over questions and seeds; small dots are single seeds" if _of(found, "seed") else ""
    parts = [f"Points are means with 95% intervals{seeds}."]
    if len(study.record["models"]) > 1:
        parts.append(
            "All models answer the same questions, so a contrast is known better than these intervals suggest."
        )
    if _of(found, "best"):
        parts.append("A triangle at the bottom marks the level with the best mean; small ones are equivalent to it.")
    return " ".join(parts)


def _best_sentences(study: Study) -> list[str]:
    """Return the level with the best mean, how it varies and its equivalents; one sentence for all lines alike."""
    x = axis_title(str(study.figure["x"])).partition(",")[0]
    margin = study.record["margin"].get(study.measure)
    panels = {one.name: study.title_of(one) for one in study.panels}
    lines: dict[str, list[str]] = {}
    for best in study.record["best"]:
        series = word(best["series"])
        where = panels.get(str(best["panel"]), str(best["panel"])) + (f", {series}" if series else "")
        low, high = _short(best["low"]), _short(best["high"])
        varies = ", in 95% of resamples, too" if low == high else f", 95% of resamples from {low} to {high}"
        text = f"best at {x} = {_short(best['x'])}{'' if best['low'] is None else varies}"
        others = [_short(level) for level in best.get("equivalent") or () if level != best["x"]]
        if margin is not None:
            text += f"; equivalent within ±{margin:g}: {', '.join(others) or 'no other level'}"
        lines.setdefault(f"{text}.", []).append(where)
    if len(lines) == 1 < len(study.record["best"]):
        return [f"All lines: {text}" for text in lines]
    return [f"{'; '.join(where)}: {text}" for text, where in lines.items()]


def _short(level: object) -> str:
    """Return a level as a word, and large numbers as the axis has them: ``21.3M``."""
    if not is_number(level) or level < _LARGE:
        return word(level)
    power = min(int(math.log10(level)) // 3, len(_PREFIXES) - 1)
    return f"{level / 1000**power:.4g}{_PREFIXES[power]}"


def _describe(study: Study, panel: Panel, own: Sequence[Mapping[str, Any]], axis: Axis) -> str:
    parts = []
    for one in own:
        if one["what"] == "mean":
            series = f"{one['series']}, " if one["series"] else ""
            parts.append(f"{series}{word(one['x'])}: {value_text(study.measure, one)}")
        elif one["what"] == "reference":
            parts.append(f"{one['label']}: {format_measure(study.measure, one['value'])}")
    return shorten(f"{study.title_of(panel)} by {axis.title}. " + "; ".join(parts), 3000)
