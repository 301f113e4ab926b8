"""Loss, validation and learning rate of every training, by step: one figure with switches.

The signals ``measure``, ``batches`` and ``model`` choose what is drawn; files have the training loss.
"""

from collections.abc import Mapping
from typing import Any

from equilingual.markup import visible
from equilingual.report.formatting import shorten
from equilingual.report.histories import MEASURES, MODES, read_lines
from equilingual.report.plots.plot import Plot, Rows
from equilingual.report.run import Run
from equilingual.report.vega import Spec, chart, colour_of

_HEIGHT = 280  # pixels
_ALL = ""  # of a switch: all kinds of batches, all models
_TITLE = {
    **{"text": {"expr": "titles[measure]"}, "anchor": "start", "color": "var(--soft)"},
    **{"fontSize": 12, "fontWeight": "normal"},
}
_DASHES = {"monolingual": [1, 0], "cross-lingual": [6, 3], "mixed": [2, 2], "bitext": [8, 2, 2, 2]}


def rows(run: Run, benchmark: str = "") -> Rows:
    """Return every point of every line; the figure is of the run, whatever the benchmark."""
    return [
        {
            "measure": line.measure,
            "experiment": line.experiment,
            "label": line.label,
            "kind": line.kind,
            "seed": line.seed,
            "batches": line.batches,
            "mean_of": line.window,
            "step": step,
            "value": float(f"{value:.6g}"),
        }
        for line in read_lines(run.inputs.histories, run.board)
        for step, value in line.points
    ]


def spec(shown: Rows) -> Spec:
    """Return the figure; each line's own facts are stored once."""
    lines, points = _parted(shown)
    labels = {line["label"]: colour_of(line["kind"]) for line in lines}
    measures = dict.fromkeys(str(line["measure"]) for line in lines)
    batches = [name for name in MODES.values() if any(line["batches"] == name for line in lines)]
    batches += sorted({line["batches"] for line in lines} - {*batches, ""})
    facts = ["measure", "label", "shown", "seed", "batches", "mean of", "thin", "alone"]
    x = {"field": "step", "type": "quantitative", "axis": {"title": "step", "tickCount": 6, "format": "~s"}}
    y = {"field": "value", "type": "quantitative", "scale": {"zero": False}, "axis": {"title": None, "format": "~g"}}
    legend = {
        "orient": "bottom",
        "columns": {"expr": "width < 500 ? 1 : 3"},
        "columnPadding": 24,
        "labelLimit": 260,
        "symbolType": "stroke",
        "title": None,
    }
    colour = {
        "field": "label",
        "type": "nominal",
        "scale": {"domain": list(labels), "range": list(labels.values())},
        "legend": {**legend, "symbolStrokeWidth": 2.5},
    }
    dash = {
        "field": "batches",
        "type": "nominal",
        "scale": {"domain": [*batches, ""], "range": [*(_DASHES.get(name, [1, 2]) for name in batches), [1, 0]]},
        "legend": {**legend, "values": batches, "symbolStrokeColor": "var(--ink)"} if len(batches) > 1 else None,
    }
    faint = {"condition": {"test": "!model || datum.label == model", "value": 1}, "value": 0.12}
    encoding = {"x": x, "y": y, "detail": {"field": "line"}, "color": colour}
    drawn = chart(
        {
            "height": _HEIGHT,
            "title": _TITLE,
            "params": [
                {"name": "measure", "value": next(iter(measures))},
                {"name": "batches", "value": _ALL},
                {"name": "model", "value": _ALL},
                {"name": "pointing", "value": False},
                {"name": "titles", "value": _titles(lines)},
            ],
            "data": {"values": points},
            "transform": [
                {"lookup": "line", "from": {"data": {"values": lines}, "key": "line", "fields": facts}},
                {"filter": "datum.measure == measure && (!batches || !datum.batches || datum.batches == batches)"},
            ],
            "layer": [
                {
                    "mark": {"type": "line"},
                    "encoding": {**encoding, "strokeDash": dash, "opacity": faint, "strokeWidth": _width()},
                },
                _points(encoding),
            ],
        }
    )
    below = {"layout": {"bottom": {"direction": "vertical", "anchor": "start"}}}  # one legend below the other
    return {**drawn, "config": {**drawn["config"], "legend": {**drawn["config"]["legend"], **below}}}


def _parted(shown: Rows) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the lines with their facts, and the points, each with the number of its line."""
    numbers: dict[tuple[Any, ...], int] = {}
    lines: list[dict[str, Any]] = []
    points: list[dict[str, Any]] = []
    seeds: dict[object, set[object]] = {}
    for one in shown:
        seeds.setdefault(one["label"], set()).add(one["seed"])
    for one in shown:
        point = {"step": one["step"], "value": one["value"]}
        key = (one["measure"], one["experiment"], one["batches"])
        if key not in numbers:
            numbers[key] = len(lines)
            label, seed = visible(shorten(str(one["label"]), 80)), str(one["seed"])
            several = len(seeds[one["label"]]) > 1
            about = {"label": label, "shown": label + (f", seed {seed}" if several else ""), "thin": several}
            fixed = {"measure": one["measure"], "batches": visible(str(one["batches"])), "kind": one["kind"]}
            lines.append({"line": len(lines), **about, **fixed, "seed": seed, "mean of": one["mean_of"], "alone": True})
            point["first"] = True
        else:
            lines[numbers[key]]["alone"] = False
        points.append({"line": numbers[key], **point})
    return lines, points


def _titles(lines: list[dict[str, Any]]) -> dict[str, str]:
    """Return what stands above each measure's axis."""
    titles = dict(MEASURES)
    most = max((line["mean of"] for line in lines if line["measure"] == "loss"), default=1)
    if most > 1:
        titles["loss"] += f", mean of up to {most} batches"
    return titles


def _width() -> Spec:
    """Return thin lines for models with several seeds."""
    return {"condition": {"test": "datum.thin", "value": 1.1}, "value": 2}


def _points(encoding: Mapping[str, Any]) -> Spec:
    """Return the marks that are pointed at, which only the script draws, and those of lines of a single point.

    The first of each line is always there, and not seen: Vega warns of marks without data.
    """
    tooltip = [
        {"field": "shown", "title": "model"},
        {"field": "batches"},
        {"field": "step", "format": ","},
        {"field": "value", "format": ".4~g"},
    ]
    opacity = {"condition": {"test": "datum.alone", "value": 1}, "value": 0}
    mark = {"type": "point", "filled": True, "size": 50}
    return {
        "name": "points",
        "transform": [{"filter": "pointing || datum.first"}],
        "mark": mark,
        "encoding": {**encoding, "opacity": opacity, "tooltip": tooltip},
    }


def describe(shown: Rows) -> str:
    """Return the last value of each line of the first measure in words."""
    first = shown[0]["measure"]
    last = {(one["label"], one["seed"], one["batches"]): one for one in shown if one["measure"] == first}
    parts = [
        f"{label}{f', seed {seed}' if seed else ''}{f', {batches} batches' if batches else ''}: {one['value']:.4g}"
        for (label, seed, batches), one in last.items()
    ]
    return shorten(f"{MEASURES[str(first)]} by step. Last values: " + "; ".join(parts), 3000)


PLOT = Plot("training", rows, spec, describe, width=720)
