"""Charts as inline SVG that fills its column while its text keeps its size.

Places along the x axis are percentages, along the y axis pixels; the box around a chart leaves room for the labels
that stand outside the plot. Colours come from the style sheet, by the class of the model's kind; the mark's shape
says the same without colour.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from equilingual.report.curves import Curve, Point
from equilingual.report.formatting import MISSING, format_count, to_html

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


def legend_line(kind: str, variant: int, mode: str) -> Markup:
    """Return a sample of a loss curve's line, to stand in a line of text."""
    return Markup(
        f'<svg class="key" width="34" height="12" aria-hidden="true"><path d="M1 6H33" '
        f'class="curve {_class(kind, variant)}{_dash(mode)}"/></svg>'
    )


def interval_chart(
    name: str, marks: Sequence[Mark], scale: Scale, reference: tuple[float, str] | None = None
) -> Markup:
    """Return a row per model: its name, its value as text, and below both a dot on its interval.

    ``reference`` is a value with its meaning, drawn as a dashed line through all rows.
    """
    row, top = 44, 0
    bottom = top + row * len(marks)
    # Lines are dashed so that they stand in each row's lower part only, and no name is crossed.
    parts = list(_vertical_ticks(scale, top + 20, bottom, dashes="20 24"))
    if reference and scale.low <= reference[0] <= scale.high:
        x = scale.place(reference[0])
        dashes = "2 2 2 2 2 2 2 2 2 26"
        line = (
            f'<line x1="{x}%" x2="{x}%" y1="{top + 20}" y2="{bottom}" stroke-dasharray="{dashes}" class="reference"/>'
        )
        parts.append(f"<g><title>{to_html(reference[1])}</title>{line}</g>")
    for number, mark in enumerate(marks):
        parts += _interval_row(mark, scale, top + row * number)
    described = "; ".join(f"{mark.label}: {mark.text}" for mark in marks)
    return _svg(f"{name}. {described}.", bottom, parts)


def _interval_row(mark: Mark, scale: Scale, top: int) -> Iterator[str]:
    shown = mark.label if len(mark.label) <= 56 else f"{mark.label[:54]}…"
    y = top + 30
    yield f'<text x="0" y="{top + 14}" class="name halo">{to_html(shown)}<title>{to_html(mark.label)}</title></text>'
    yield f'<text x="100%" y="{top + 14}" class="value halo">{to_html(mark.text)}</text>'
    if mark.value is None:
        return
    colour = _class(mark.kind, mark.variant)
    if mark.low is not None and mark.high is not None:
        x1, x2 = scale.place(mark.low), scale.place(mark.high)
        yield f'<line x1="{x1}%" x2="{x2}%" y1="{y}" y2="{y}" class="interval {colour}"/>'
        for x in (x1, x2):
            yield f'<line x1="{x}%" x2="{x}%" y1="{y - 4}" y2="{y + 4}" class="interval {colour}"/>'
    yield _use(mark.kind, mark.variant, f"{scale.place(mark.value)}%", y)


def curve_chart(curves: Sequence[Curve], name: str, height: int = 300) -> Markup:
    """Return all curves: smoothed lines over faint raw ones; dashed for cross-lingual batches, else solid."""
    points = [point for curve in curves for point in (*curve.raw, *curve.smooth)]
    x_scale = fit_scale([step for step, _ in points], from_zero=True)
    y_scale = fit_scale([loss for _, loss in points], from_zero=True)
    parts = list(_vertical_ticks(x_scale, 0, height))
    for tick in y_scale.ticks():
        y = round(height * (1 - y_scale.place(tick) / 100), 1)
        parts.append(f'<line x1="0" x2="100%" y1="{y}" y2="{y}" class="grid"/>')
        parts.append(f'<text x="-8" y="{y + 4}" class="tick end">{_tick(tick)}</text>')
    parts.append('<svg width="100%" height="100%" viewBox="0 0 1000 1000" preserveAspectRatio="none">')
    parts += [_path(curve, curve.raw, "raw", x_scale, y_scale) for curve in curves if curve.raw]
    parts += [_path(curve, curve.smooth, "curve", x_scale, y_scale) for curve in curves if curve.smooth]
    parts.append("</svg>")
    ends = "; ".join(f"{c.label}, {c.mode}: {_round(c.smooth[-1][1])}" for c in curves if c.smooth)
    return _svg(f"{name} by step. Last values: {ends or MISSING}.", height, parts)


def _path(curve: Curve, points: Sequence[Point], style: str, x_scale: Scale, y_scale: Scale) -> str:
    places = [(round(10 * x_scale.place(x), 1), round(1000 - 10 * y_scale.place(y), 1)) for x, y in points]
    if len(places) == 1:  # a line needs a second point to be seen
        places.append((places[0][0] + 2, places[0][1]))
    data = "M" + "L".join(f"{x:g} {y:g}" for x, y in places)
    title = f"<title>{to_html(f'{curve.label}, {curve.mode}')}</title>"
    colour = _class(curve.kind, curve.variant)
    return f'<path d="{data}" class="{style} {colour}{_dash(curve.mode)}">{title}</path>'


def _dash(mode: str) -> str:
    return " dashed" if mode.startswith("cross") else ""


def _class(kind: str, variant: int) -> str:
    return f"k-{kind}" + (f" v{(variant - 1) % 3 + 1}" if variant else "")


def _use(kind: str, variant: int, x: str, y: float) -> str:
    return f'<use href="#mark-{kind}" x="{x}" y="{y}" class="mark {_class(kind, variant)}"/>'


def _vertical_ticks(scale: Scale, top: int, bottom: int, dashes: str = "none") -> Iterator[str]:
    for tick in scale.ticks():
        x = scale.place(tick)
        yield f'<line x1="{x}%" x2="{x}%" y1="{top}" y2="{bottom}" stroke-dasharray="{dashes}" class="grid"/>'
        yield f'<text x="{x}%" y="{bottom + 18}" class="tick">{_tick(tick)}</text>'


def _tick(value: float) -> str:
    return format_count(value) if abs(value) >= 1000 else f"{value:g}".replace("-", "−")


def _round(value: float) -> str:
    return f"{value:.3f}"


def _svg(description: str, height: int, parts: Sequence[str]) -> Markup:
    return Markup(
        f'<svg role="img" aria-label="{to_html(description)}" width="100%" height="{height}">{"".join(parts)}</svg>'
    )
