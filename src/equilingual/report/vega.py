"""All figures of the page: one Vega-Lite specification gives the page's figure, its SVG and its PDF.

Colours are the style sheet's variables, so that one SVG serves both themes; in files they are those of the light theme.
``vega.js.gz`` is Vega-Embed, Vega-Lite and Vega in one script; ``python -m equilingual.report.renew``
makes it anew, and NOTICE has its licence.
"""

import base64
import copy
import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import vl_convert
from markupsafe import escape

from equilingual.markup import visible

Spec = dict[str, Any]
_FOLDER = Path(__file__).parent
_BUNDLE = "vega.js.gz"
_STYLE = "style.css"
VERSION = "6.4"  # of Vega-Lite, in the bundle and in files
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_TAG, _OPACITY, _HEX = re.compile("<[^>]*>"), re.compile(r' opacity="([\d.]+)"'), re.compile("#[0-9a-f]{6}")
_SIZES = re.compile(r'width="([\d.]+)" height="([\d.]+)" viewBox="[^"]*"')
_MARGIN, _LETTER = 5, 6.2  # pixels around the line below a figure, and of one of its letters
_VARIABLE = re.compile(r"var\((--[\w-]+)\)")

SHADES = 3  # of a kind of model, beside its own colour: after these they begin anew
# The style sheet's variable of each kind of model.
_KINDS = {
    **{kind: kind for kind in ("none", "centred", "mono", "cross", "hybrid", "other", "fused")},
    **dict.fromkeys(("lir", "lsar", "shift", "csls", "center-csls"), "debiased"),
    **dict.fromkeys(("z-score", "round-robin", "rrf"), "merged"),
    **{"translated": "fused", "bm25": "lexical", "tfidf": "lexical"},
}
_AXIS = {
    "domain": False,
    "ticks": False,
    "gridColor": "var(--rule)",
    "labelColor": "var(--soft)",
    "titleColor": "var(--soft)",
    "labelFontSize": 12,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
    "labelPadding": 6,
    "titlePadding": 10,
}
# One weight of one font: a PDF names several fonts in an order that changes.
_CONFIG = {
    "background": None,
    "aria": False,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": _AXIS,
    "text": {"color": "var(--ink)", "fontSize": 12},
    "legend": {
        "labelColor": "var(--ink)",
        "titleColor": "var(--soft)",
        "titleFontWeight": "normal",
        "labelFontSize": 12,
    },
}


def colour_of(kind: str, variant: int = 0) -> str:
    """Return the colour of a model, as a variable of the style sheet.

    Args:
        kind: one of ``report.board.KINDS``; others have the colour of ``other``.
        variant: which of several models of one kind it is (``report.variants``): each has a shade of its own.

    """
    shade = f"-{(variant - 1) % SHADES + 1}" if variant else ""
    return f"var(--{_KINDS.get(kind, 'other')}{shade})"


def chart(spec: Mapping[str, Any]) -> Spec:
    """Return a specification with the page's looks."""
    return {"$schema": _SCHEMA, "config": _CONFIG, "padding": 4, **spec}


def to_svg(spec: Spec, *, width: int) -> str:
    """Return a figure for the page: an SVG element with the style sheet's variables.

    Args:
        spec: from :func:`chart`; its width may be ``container``.
        width: of the plot, in pixels.

    """
    return _svg(json.dumps({**spec, "width": width}, sort_keys=True))


def to_file(spec: Spec, *, width: int, kind: str, about: str = "") -> bytes:
    """Return a figure for a paper, in the colours of the light theme.

    Args:
        spec: from :func:`chart`.
        width: of the plot, in pixels.
        kind: ``svg`` or ``pdf``.
        about: what it is of; stands below the figure, and is its title.

    """
    light = {**copy.deepcopy(spec), "background": "#ffffff"}
    drawn = _named(to_svg(light, width=width), about) if about else to_svg(light, width=width)
    svg = _VARIABLE.sub(lambda found: light_colours()[found[1]], drawn)
    return svg.encode() if kind == "svg" else bytes(vl_convert.svg_to_pdf(_TAG.sub(_opaque, svg)))


def _named(svg: str, about: str) -> str:
    """Return an SVG that says what it is of, as its title and in a line below, as ``figures.js`` writes it."""
    width, height = (int(float(size)) for size in _SIZES.search(svg).groups())  # type: ignore[union-attr]
    words = str(escape(visible(about)))
    needed = max(width, round(len(about) * _LETTER) + 2 * _MARGIN)
    size = f'width="{needed}" height="{height + _MARGIN * 4}" viewBox="0 0 {needed} {height + _MARGIN * 4}"'
    ground = f'<title>{words}</title><rect width="{needed}" height="{height + _MARGIN * 4}" fill="#ffffff"/>'
    place = f'x="{_MARGIN}" y="{height + 2 * _MARGIN}" font-family="sans-serif" font-size="11px" fill="var(--soft)"'
    head, _, drawn = _SIZES.sub(size, svg, count=1).partition(">")
    return f"{head}>{ground}{drawn.removesuffix('</svg>')}<text {place}>{words}</text></svg>"


def _opaque(tag: re.Match[str]) -> str:
    """Return an element of an SVG without opacity, its colours mixed with white.

    A PDF names what is translucent in an order that changes: the same figure would not have the same bytes.
    """
    opacity = _OPACITY.search(tag[0])
    if opacity is None:
        return tag[0]
    return _OPACITY.sub("", _HEX.sub(lambda colour: _mixed(colour[0], float(opacity[1])), tag[0]))


def _mixed(colour: str, opacity: float) -> str:
    parts = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{round(255 + (part - 255) * opacity):02x}" for part in parts)


@lru_cache(maxsize=256)
def _svg(spec: str) -> str:
    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=VERSION)
    return svg


@lru_cache(maxsize=1)
def light_colours() -> dict[str, str]:
    """Return the colours of the light theme, by variable: the first block of the style sheet."""
    block = (_FOLDER / _STYLE).read_text(encoding="utf-8").partition(":root {")[2].partition("}")[0]
    return dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", block))


@lru_cache(maxsize=1)
def bundle() -> tuple[str, str]:
    """Return the compressed script in base64, and the hash by which the policy allows what it unpacks to."""
    packed = (_FOLDER / _BUNDLE).read_bytes()
    return base64.b64encode(packed).decode("ascii"), policy_hash(gzip.decompress(packed))


def policy_hash(content: bytes) -> str:
    """Return the source expression of a script or style for a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode('ascii')}'"
