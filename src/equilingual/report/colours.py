"""The colours of heat maps, in both themes, each with a text colour that can be read on it.

A map's colour is one of :data:`STEPS` classes, not a colour per cell: the page stays small, and the theme decides
in the style sheet. Ramps are interpolated in OKLab, where equal steps look equal.
"""

import math
from collections.abc import Sequence

STEPS = 21
LETTERS = "abcdefghijklmnopqrstu"
# One of pure black and pure white has a contrast of at least 4.58 on any colour.
_INK, _PAPER = "#000000", "#ffffff"
# Light theme: more is darker. Dark theme: more is brighter. Differences: the middle is the page's own background.
_RAMPS = {
    ("light", "s"): ("#f6f8f5", "#cfe5dc", "#86c0bd", "#3d8fa6", "#1f5f8b", "#16336b"),
    ("dark", "s"): ("#1b2027", "#1d3550", "#1f5f86", "#2f92a0", "#7cc6a4", "#e4f2b4"),
    ("light", "d"): ("#8c3a06", "#cf7430", "#f0bd8d", "#f7f6f3", "#a9cbe4", "#4a8fc2", "#134f87"),
    ("dark", "d"): ("#ffb27a", "#c26a2c", "#6b3c1c", "#22262c", "#1d4668", "#2f7fbd", "#9fd0ff"),
}


def heat_css() -> str:
    """Return the style rules of both kinds of map (``s`` sequential, ``d`` diverging) in both themes."""
    return "".join(_rules("light", kind) for kind in "sd") + (
        "@media screen and (prefers-color-scheme:dark){" + "".join(_rules("dark", kind) for kind in "sd") + "}"
    )


def _rules(theme: str, kind: str) -> str:
    return "".join(
        f".{kind} .{letter}{{background:{colour};color:{text_colour(colour)}}}"
        for letter, colour in zip(LETTERS, ramp(theme, kind), strict=True)
    )


def ramp(theme: str, kind: str) -> list[str]:
    """Return the colours of one theme (``light``, ``dark``) and kind (``s``, ``d``), lowest value first."""
    stops = [_to_oklab(colour) for colour in _RAMPS[theme, kind]]
    colours = []
    for step in range(STEPS):
        place = step / (STEPS - 1) * (len(stops) - 1)
        low = min(int(place), len(stops) - 2)
        part = place - low
        colours.append(_to_hex([a + (b - a) * part for a, b in zip(stops[low], stops[low + 1], strict=True)]))
    return colours


def text_colour(background: str) -> str:
    """Return dark ink or white, whichever has more contrast on ``background``."""
    return max((_INK, _PAPER), key=lambda colour: contrast(colour, background))


def contrast(one: str, other: str) -> float:
    """Return WCAG's contrast ratio of two ``#rrggbb`` colours, from 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def letter_of(value: float, low: float, high: float) -> str:
    """Return the class of a value on a scale from ``low`` to ``high``; values outside get the end's colour."""
    part = (value - low) / (high - low) if high > low else 0.5
    return LETTERS[round(min(max(part, 0.0), 1.0) * (STEPS - 1))]


def _linear(colour: str) -> list[float]:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _to_oklab(colour: str) -> list[float]:
    red, green, blue = _linear(colour)
    cone = (
        math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue),
        math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue),
        math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue),
    )
    return [
        _dot((0.2104542553, 0.7936177850, -0.0040720468), cone),
        _dot((1.9779984951, -2.4285922050, 0.4505937099), cone),
        _dot((0.0259040371, 0.7827717662, -0.8086757660), cone),
    ]


def _to_hex(lab: Sequence[float]) -> str:
    cone = (
        _dot((1.0, 0.3963377774, 0.2158037573), lab) ** 3,
        _dot((1.0, -0.1055613458, -0.0638541728), lab) ** 3,
        _dot((1.0, -0.0894841775, -1.2914855480), lab) ** 3,
    )
    linear = (
        _dot((4.0767416621, -3.3077115913, 0.2309699292), cone),
        _dot((-1.2684380046, 2.6097574011, -0.3413193965), cone),
        _dot((-0.0041960863, -0.7034186147, 1.7076147010), cone),
    )
    clipped = [min(max(part, 0.0), 1.0) for part in linear]
    parts = [12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055 for part in clipped]
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=True))
