"""Charts as inline SVG that fills its column while its text keeps its size.

Places along the x axis are percentages, along the y axis pixels; the box around a chart leaves room for the labels
that stand outside the plot. Colours come from the style sheet, by the class of the model's kind; the mark's shape
says the same without colour.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from equilingual.report.formatting import format_count, to_html

_INSET = 1.5  # percent at both ends of an axis, so that no mark is cut


@dataclass(frozen=True)
class Scale:
    """Values to percentages of the plot's width."""

    low: float
    high: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Return where a value stands, in percent."""
        low, high, value = (math.log(v) if self.logarithmic else v for v in (self.low, self.high, value))
        return round(_INSET + (value - low) / (high - low) * (100 - 2 * _INSET), 2)

    def ticks(self) -> list[float]:
        """Return round values on the scale: four to eight, fewer on a short logarithmic one."""
        return _powers(self.low, self.high) if self.logarithmic else round_ticks(self.low, self.high)


@dataclass(frozen=True)
class Mark:
    """One value with its interval; ``value`` None is shown as missing."""

    label: str
    kind: str
    variant: int
    text: str
    value: float | None
    low: float | None = None
    high: float | None = None


def round_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return the multiples of 1, 2 or 5 × 10ⁿ from ``low`` to ``high``, at most ``most`` + 1 of them."""
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def fit_scale(values: Sequence[float], *, from_zero: bool = False) -> Scale:
    """Return a linear scale that ends on round values around all ``values``."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    low = min(low, 0.0) if from_zero else low
    if high - low < 1e-9:
        low, high = low - 0.05, high + 0.05
    ticks = round_ticks(low, high)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else high - low
    return Scale(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step)


def distance_scale(values: Sequence[float]) -> Scale:
    """Return a scale for rank distances: from 0, or logarithmic where they differ by more than a factor of 20."""
    positive = [value for value in values if value > 0]
    if not positive or max(positive) / min(positive) <= 20:
        return fit_scale(values, from_zero=True)
    powers = _powers(min(positive) / 2.5, max(positive) * 2.5, factors=(1, 2, 5))
    low = max(tick for tick in powers if tick <= min(positive))
    return Scale(low, min(tick for tick in powers if tick >= max(positive)), logarithmic=True)


def _powers(low: float, high: float, factors: Sequence[int] = ()) -> list[float]:
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    if not factors:
        factors = (1, 2, 5) if high / low <= 200 else (1, 3) if high / low <= 3000 else (1,)
    every = [factor * 10.0**decade for decade in decades for factor in factors]
    return [value for value in every if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]


def mark_shapes() -> Markup:
    """Return the shapes that the charts refer to, one per kind of model, in an SVG without size."""
    shapes = {
        "none": '<circle r="4.2" class="open"/>',
        "centred": '<path d="M0-5.2 5 4H-5Z"/>',
        "lir": '<path d="M0 5.2 5-4H-5Z"/>',
        "lsar": '<path d="M-5.2 0 4-5V5Z"/>',
        "shift": '<path d="M5.2 0-4-5V5Z"/>',
        "z-score": '<path d="M-4.5-4.5H4.5L-4.5 4.5H4.5Z"/>',
        "round-robin": '<path d="M0-5.2 5-1.6 3.1 4.4H-3.1L-5-1.6Z"/>',
        "rrf": '<path d="M-5-4.5 5 4.5V-4.5L-5 4.5Z"/>',
        "fused": '<path d="M0-6 1.5-1.5 6 0 1.5 1.5 0 6-1.5 1.5-6 0-1.5-1.5Z"/>',
        "translated": '<path d="M-5.5-2.4H.5V-5.4L6 0 .5 5.4V2.4H-5.5Z"/>',
        "bm25": '<path d="M0-5V5M-5 0H5" class="open"/>',
        "tfidf": '<path d="M0-5V5M-4.4-2.5 4.4 2.5M-4.4 2.5 4.4-2.5" class="open"/>',
        "mono": '<path d="M-4-4H4V4H-4Z"/>',
        "cross": '<path d="M0-5.6 5.6 0 0 5.6-5.6 0Z"/>',
        "hybrid": '<circle r="5"/>',
        "other": '<path d="M-4-4 4 4M4-4-4 4" class="open"/>',
    }
    groups = "".join(f'<g id="mark-{kind}">{shape}</g>' for kind, shape in shapes.items())
    return Markup(f'<svg width="0" height="0" class="defs" aria-hidden="true"><defs>{groups}</defs></svg>')


def legend_mark(kind: str, variant: int) -> Markup:
    """Return a model's mark, to stand in a line of text."""
    return Markup(f'<svg class="key" width="14" height="14" aria-hidden="true">{_use(kind, variant, "7", 7)}</svg>')


def language_chart(name: str, rows: Sequence[tuple[str, str, Sequence[Mark]]], scale: Scale) -> Markup:
    """Return a row per language (tag, full name, marks): a line from its lowest to its highest mark, and the marks."""
    row, top = 27, 4
    bottom = top + row * len(rows)
    parts = list(_vertical_ticks(scale, top, bottom))
    for number, (tag, full, marks) in enumerate(rows):
        y = top + row * number + row // 2
        parts.append(f'<text x="-10" y="{y + 4}" class="tag">{to_html(tag)}<title>{to_html(full)}</title></text>')
        places = [scale.place(mark.value) for mark in marks if mark.value is not None]
        if places:
            parts.append(f'<line x1="{min(places)}%" x2="{max(places)}%" y1="{y}" y2="{y}" class="span"/>')
        for mark, shift in _side_by_side(marks, scale):
            title = to_html(f"{full}, {mark.label}: {mark.text}")
            use = _use(mark.kind, mark.variant, f"{scale.place(mark.value or 0.0)}%", y + shift)
            parts.append(f"<g><title>{title}</title>{use}</g>")
    return _svg(f"{name}. The table has all values.", bottom, parts)


def _side_by_side(marks: Sequence[Mark], scale: Scale) -> Iterator[tuple[Mark, float]]:
    """Yield every mark with a shift in pixels: marks too close to tell apart stand above each other."""
    near = 2.5  # percent: about the width of a mark
    shown = sorted((mark for mark in marks if mark.value is not None), key=lambda mark: mark.value or 0.0)
    groups: list[list[Mark]] = []
    for mark in shown:
        place = scale.place(mark.value or 0.0)
        if groups and place - scale.place(groups[-1][-1].value or 0.0) < near:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    for group in groups:
        for number, mark in enumerate(group):
            yield mark, round((number - (len(group) - 1) / 2) * min(9.0, 16 / len(group)), 1)


def _class(kind: str, variant: int) -> str:
    return f"k-{kind}" + (f" v{(variant - 1) % 3 + 1}" if variant else "")


def _use(kind: str, variant: int, x: str, y: float) -> str:
    return f'<use href="#mark-{kind}" x="{x}" y="{y}" class="mark {_class(kind, variant)}"/>'


def _vertical_ticks(scale: Scale, top: int, bottom: int) -> Iterator[str]:
    for tick in scale.ticks():
        x = scale.place(tick)
        yield f'<line x1="{x}%" x2="{x}%" y1="{top}" y2="{bottom}" class="grid"/>'
        yield f'<text x="{x}%" y="{bottom + 18}" class="tick">{_tick(tick)}</text>'


def _tick(value: float) -> str:
    return format_count(value) if abs(value) >= 1000 else f"{value:g}".replace("-", "−")


def _svg(description: str, height: int, parts: Sequence[str]) -> Markup:
    return Markup(
        f'<svg role="img" aria-label="{to_html(description)}" width="100%" height="{height}">{"".join(parts)}</svg>'
    )
