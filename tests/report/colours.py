"""Colours of the style sheet, and how well a text can be read on them."""

import math
import re
from pathlib import Path

import equilingual.report

STYLE = Path(equilingual.report.__file__).parent / "style.css"


def themes():
    """Return the colours of the light and of the dark theme, by variable."""
    css = STYLE.read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]


def contrast(one, other):
    """Return WCAG's contrast ratio of two ``#rrggbb`` colours, from 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def distance(one, other):
    """Return how different two ``#rrggbb`` colours look: 0.02 is hardly seen, black and white are 1 apart (OKLab)."""
    return math.dist(_oklab(one), _oklab(other))


def _oklab(colour):
    # Björn Ottosson, https://bottosson.github.io/posts/oklab/
    red, green, blue = _linear(colour)
    cones = [
        (a * red + b * green + c * blue) ** (1 / 3)
        for a, b, c in (
            (0.4122214708, 0.5363325363, 0.0514459929),
            (0.2119034982, 0.6806995451, 0.1073969566),
            (0.0883024619, 0.2817188376, 0.6299787005),
        )
    ]
    return [
        sum(weight * cone for weight, cone in zip(row, cones, strict=True))
        for row in (
            (0.2104542553, 0.7936177850, -0.0040720468),
            (1.9779984951, -2.4285922050, 0.4505937099),
            (0.0259040371, 0.7827717662, -0.8086757660),
        )
    ]


def _linear(colour):
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def _luminance(colour):
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
