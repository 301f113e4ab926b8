"""What a study's figure is: panels for the screen, all of them in one specification for files, and their legend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from equilingual.report.formatting import format_measure
from equilingual.report.plots.differences import short
from equilingual.report.plots.maps import TITLE
from equilingual.report.plots.plot import Rows
from equilingual.report.vega import Spec, chart, colour_of

WIDTH = 300  # pixels of a panel, in files and without scripts
_COLUMNS = 3  # panels of a row in files
_LINE = 18  # pixels of an entry of the legend in files
_LONGEST = 60  # characters of an entry
REFERENCE = "reference"  # the shape of a horizontal line
SHAPES = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2])
_OWN = ("mono", "cross", "hybrid")  # strategies have the colours of their kind
_PALETTE = ("hybrid", "mono", "cross", "other", "rrf", "lir", "fused", "tfidf")
# In a square of 14 pixels around 0, for the legend of the page.
_OUTLINES = {
    "circle": "M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0-4.5 0Z",
    "square": "M-4-4H4V4H-4Z",
    "diamond": "M0-5.6 5.6 0 0 5.6-5.6 0Z",
    "triangle-up": "M0-5.2 5 4H-5Z",
    "triangle-down": "M0 5.2 5-4H-5Z",
    "cross": "M-1.6-5H1.6V-1.6H5V1.6H1.6V5H-1.6V1.6H-5V-1.6H-1.6Z",
}


@dataclass(frozen=True)
class Key:
    """An entry of the legend: a line of the figure, or a model that is drawn as a horizontal line.

    Attributes:
        colour: a variable of the style sheet, as ``var(--hybrid)``.
        shape: of its points, or :data:`REFERENCE`.
        dash: of its line.
        is_open: whether its points are not filled.

    """

    label: str
    colour: str
    shape: str
    dash: Sequence[int] = field(default_factory=lambda: DASHES[0])
    is_open: bool = False

    @property
    def mark(self) -> Markup:
        """The mark, to stand in a line of text."""
        if self.shape == REFERENCE:
            dash = " ".join(map(str, self.dash))
            inner = f'<path d="M-7 0H7" fill="none" stroke="{self.colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        else:
            fill = "var(--paper)" if self.is_open else self.colour
            inner = f'<path d="{_OUTLINES[self.shape]}" fill="{fill}" stroke="{self.colour}" stroke-width="1.5"/>'
        return Markup(  # nosec B704  # shapes and colours of the package
            f'<svg class="key" width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">{inner}</svg>'
        )


@dataclass(frozen=True)
class PanelDrawing:
    """A panel of a figure.

    Attributes:
        spec: its layers, without a width.
        text: what it says, for readers who do not see it.

    """

    title: str
    spec: Spec
    text: str


@dataclass(frozen=True)
class Drawing:
    """A study's figure.

    Attributes:
        rows: what it shows, as the CSV has it.
        note: what its marks are.
        sentences: what it says in words.

    """

    rows: Rows
    panels: list[PanelDrawing]
    keys: list[Key]
    note: str
    sentences: list[str] = field(default_factory=list)

    @property
    def spec(self) -> Spec:
        """All panels and the legend, for files."""
        panels = [
            {
                "title": {"text": short(one.title, 70), **TITLE, "anchor": "start", "offset": 8},
                "width": WIDTH,
                **one.spec,
            }
            for one in self.panels
        ]
        rows: list[Spec] = [{"concat": panels, "columns": _COLUMNS, "spacing": 24}]
        return chart({"vconcat": rows + ([_legend(self.keys)] if self.keys else []), "spacing": 12})


def colours_of(names: Sequence[str]) -> list[str]:
    """Return a colour for each line: that of its kind for strategies, and another for every other one."""
    free = [kind for kind in _PALETTE if kind not in names]
    taken = {name: name for name in names if name in _OWN}
    others = [name for name in names if name not in taken]
    taken |= {name: free[number % len(free)] for number, name in enumerate(others)}
    return [colour_of(taken[name]) for name in names]


def value_text(measure: str, one: Mapping[str, Any]) -> str:
    """Return ``0.412 [0.401, 0.423]``: a mean with its interval, if there is one."""
    text = format_measure(measure, one["value"])
    if one.get("low") is None or one.get("high") is None:
        return text
    return f"{text} [{format_measure(measure, one['low'])}, {format_measure(measure, one['high'])}]"


def seeds_text(number: int | None) -> str:
    """Return ``3 seeds``; nothing for a model that was not trained."""
    if not number:
        return ""
    return "1 seed" if number == 1 else f"{number} seeds"


def _legend(keys: Sequence[Key]) -> Spec:
    """Return the legend of a file: one entry below the other."""
    entries = [
        {
            "place": number,
            "label": short(one.label, _LONGEST),
            "colour": one.colour,
            "fill": "var(--paper)" if one.is_open else one.colour,
            "shape": one.shape,
        }
        for number, one in enumerate(keys)
    ]
    y = {
        **{"field": "place", "type": "quantitative", "axis": None},
        "scale": {"domain": [-0.5, len(keys) - 0.5], "reverse": True, "nice": False},
    }
    colour = {"field": "colour", "type": "nominal", "scale": None}
    points = [one for one in entries if one["shape"] != REFERENCE]
    encoding = {
        **{"x": {"value": 9}, "y": y, "stroke": colour},
        "fill": {"field": "fill", "type": "nominal", "scale": None},
        "shape": {"field": "shape", "type": "nominal", "scale": None},
    }
    layers: list[Spec] = [
        {"data": {"values": points}, "mark": {"type": "point", "size": 70, "opacity": 1}, "encoding": encoding}
    ]
    for entry, key in zip(entries, keys, strict=True):
        if key.shape == REFERENCE:
            mark = {"type": "rule", "strokeDash": list(key.dash), "strokeWidth": 1.5, "color": key.colour}
            ends = {"x": {"value": 0}, "x2": {"value": 18}, "y": y}
            layers.append({"data": {"values": [entry]}, "mark": mark, "encoding": ends})
    words = {"type": "text", "align": "left", "baseline": "middle"}
    layers.append({"mark": words, "encoding": {"x": {"value": 24}, "y": y, "text": {"field": "label"}}})
    return {"width": WIDTH, "height": _LINE * len(keys), "data": {"values": entries}, "layer": layers}
