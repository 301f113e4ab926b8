"""Dumbbells: two models by query language, the language with the largest difference first."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from equilingual.evaluation.catalogue import MEASURES
from equilingual.markup import visible
from equilingual.report.formatting import language_name, shorten
from equilingual.report.plots.differences import short, signed
from equilingual.report.studies.drawing import Drawing, Key, PanelDrawing, value_text
from equilingual.report.studies.record import ALL, Panel, Study
from equilingual.report.vega import Spec, colour_of

_STEP = 20  # pixels of a language
COLUMNS = (
    *("panel", "language", "name", "group", "model_a", "model_b", "value_a", "low_a", "high_a"),
    *("value_b", "low_b", "high_b", "difference"),
)


def draw(study: Study) -> Drawing:
    """Return the figure of a study that holds two models against each other by query language."""
    found = rows(study)
    keys = _keys(study)
    panels = [one for one in study.panels if any(row["panel"] == one.name for row in found)]
    drawn = [_panel(study, panel, [row for row in found if row["panel"] == panel.name], keys) for panel in panels]
    note = f"The number at the right is the difference: {keys[0].label} minus {keys[1].label}."
    return Drawing(found, drawn, keys, note)


def rows(study: Study) -> list[dict[str, Any]]:
    """Return both models in every query language of each panel, the largest difference first."""
    found: list[dict[str, Any]] = []
    for panel in study.panels:
        own = [row for tag in _languages(study, panel) if (row := _row(study, panel, tag)) is not None]
        found += sorted(own, key=lambda row: -row["difference"])
    return found


def _languages(study: Study, panel: Panel) -> list[str]:
    """Return the query languages of a panel that have values of their own."""
    named = {*study.groups, ALL}
    tags = dict.fromkeys(key[-1] for key in study.means if key[-1] not in named)
    return [tag for tag in tags if panel.languages == ALL or tag in study.groups[panel.languages]]


def _row(study: Study, panel: Panel, tag: str) -> dict[str, Any] | None:
    names = [str(name) for name in study.figure["models"]]
    means = [study.means.get((name, panel.benchmark, panel.setting, study.measure, tag)) for name in names]
    if means[0] is None or means[1] is None:
        return None
    groups = [name for name, tags in study.groups.items() if tag in tags]
    sides = {
        f"{key}_{side}": mean[key]
        for side, mean in zip("ab", means, strict=True)
        if mean
        for key in ("value", "low", "high")
    }
    about = {"panel": panel.name, "language": tag, "name": language_name(tag), "group": ", ".join(groups)}
    models = {"model_a": names[0], "model_b": names[1]}
    found = {**about, **models, **sides, "difference": means[0]["value"] - means[1]["value"]}
    return {name: found[name] for name in COLUMNS}


def _keys(study: Study) -> list[Key]:
    first, second = (study.models[str(name)] for name in study.figure["models"])
    colours = [colour_of(str(one["kind"])) for one in (first, second)]
    if colours[0] == colours[1]:
        colours[1] = "var(--soft)"
    return [
        Key(str(first["label"]), colours[0], "circle"),
        Key(str(second["label"]), colours[1], "circle", is_open=True),
    ]


def _panel(study: Study, panel: Panel, own: Sequence[Mapping[str, Any]], keys: Sequence[Key]) -> PanelDrawing:
    measure = study.measure
    points = [{**_side(row, side, measure), "place": place} for place, row in enumerate(own) for side in "ab"]
    names = [short(_name(row, panel), 34) for row in own]
    y = {
        "field": "place",
        "type": "quantitative",
        "scale": {"domain": [-0.6, len(own) - 0.4], "reverse": True, "nice": False},
        "axis": {
            **{"title": None, "grid": False, "values": list(range(len(own))), "labelColor": "var(--ink)"},
            **{"labelExpr": f"{json.dumps(names)}[datum.value]", "labelLimit": 190, "labelOverlap": False},
        },
    }
    better = {"high": " → better", "low": " ← better"}.get(MEASURES[measure].better, "")
    x = {
        "field": "value",
        "type": "quantitative",
        "scale": {"zero": False, "nice": False, "domain": _ends(own)},
        "axis": {
            "title": MEASURES[measure].title + better,
            "titleAnchor": "start",
            "format": "~g",
            "tickCount": 3,
            "labelOverlap": "greedy",
        },
    }
    layers = [
        _bars(own, x, y),
        *(_marks(points, side, key, x, y) for side, key in zip("ba", reversed(keys), strict=True)),
    ]
    layers.append(_differences(own, measure, y))
    text = "; ".join(f"{row['name']}: {signed(measure, row['difference'])}" for row in own)
    described = shorten(f"{study.title_of(panel)}, {keys[0].label} minus {keys[1].label}. {text}", 3000)
    return PanelDrawing(study.title_of(panel), {"height": _STEP * len(own), "layer": layers}, described)


def _name(row: Mapping[str, Any], panel: Panel) -> str:
    is_said = panel.languages != ALL or not row["group"]
    return row["name"] if is_said else f"{row['name']} · {row['group']}"


def _ends(own: Sequence[Mapping[str, Any]]) -> list[float]:
    values = [float(row[name]) for row in own for name in ("value_a", "value_b")]
    space = (max(values) - min(values)) * 0.05 or 0.01
    return [float(f"{min(values) - space:.6g}"), float(f"{max(values) + space:.6g}")]


def _side(row: Mapping[str, Any], side: str, measure: str) -> dict[str, Any]:
    ends = {name: row[f"{name}_{side}"] for name in ("value", "low", "high")}
    said = f"{row['name']}, {row[f'model_{side}']}: {value_text(measure, ends)}"
    return {"side": side, "value": ends["value"], "said": visible(shorten(said, 300))}


def _bars(own: Sequence[Mapping[str, Any]], x: Spec, y: Spec) -> Spec:
    """Return the line between the two models of each language."""
    ends = [{"place": place, "value": row["value_a"], "to": row["value_b"]} for place, row in enumerate(own)]
    mark = {"type": "rule", "strokeWidth": 3, "color": "var(--rule)"}
    return {"data": {"values": ends}, "mark": mark, "encoding": {"x": x, "x2": {"field": "to"}, "y": y}}


def _marks(points: Sequence[Mapping[str, Any]], side: str, key: Key, x: Spec, y: Spec) -> Spec:
    values = [one for one in points if one["side"] == side]
    fill = "var(--paper)" if key.is_open else key.colour
    mark = {"type": "point", "size": 65, "stroke": key.colour, "fill": fill, "strokeWidth": 2, "opacity": 1}
    said = {"field": "said", "type": "nominal"}
    return {"data": {"values": values}, "mark": mark, "encoding": {"x": x, "y": y, "tooltip": said}}


def _differences(own: Sequence[Mapping[str, Any]], measure: str, y: Spec) -> Spec:
    """Return the difference of each language, to the right of the plot."""
    values = [{"place": place, "text": signed(measure, row["difference"])} for place, row in enumerate(own)]
    mark = {"type": "text", "align": "left", "baseline": "middle", "dx": 6, "color": "var(--soft)"}
    encoding = {"x": {"value": "width"}, "y": y, "text": {"field": "text"}}
    return {"data": {"values": values}, "mark": mark, "encoding": encoding}
