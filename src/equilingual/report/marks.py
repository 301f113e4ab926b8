"""Marks of models in a line of text, as inline SVG.

The shape is that of the model's kind. Its colour, a variable of the style sheet, is that of the model: the same in all
figures and tables.
"""

import re

from markupsafe import Markup

from equilingual.report.vega import colour_of

# By kind of model, in pixels around 0. Strokes have no inside.
_OUTLINES = {
    "centred": "M0-5.2 5 4H-5Z",
    "lir": "M0 5.2 5-4H-5Z",
    "lsar": "M-5.2 0 4-5V5Z",
    "shift": "M5.2 0-4-5V5Z",
    "csls": "M-5.2 0-2.6-4.5H2.6L5.2 0 2.6 4.5H-2.6Z",
    "center-csls": "M0-5.4 4.7-2.7V2.7L0 5.4-4.7 2.7V-2.7Z",
    "z-score": "M-4.5-4.5H4.5L-4.5 4.5H4.5Z",
    "round-robin": "M0-5.2 5-1.6 3.1 4.4H-3.1L-5-1.6Z",
    "rrf": "M-5-4.5 5 4.5V-4.5L-5 4.5Z",
    "fused": "M0-6 1.5-1.5 6 0 1.5 1.5 0 6-1.5 1.5-6 0-1.5-1.5Z",
    "translated": "M-5.5-2.4H.5V-5.4L6 0 .5 5.4V2.4H-5.5Z",
    "mono": "M-4-4H4V4H-4Z",
    "cross": "M0-5.6 5.6 0 0 5.6-5.6 0Z",
}
_STROKES = {
    "bm25": "M0-5V5M-5 0H5",
    "tfidf": "M0-5V5M-4.4-2.5 4.4 2.5M-4.4 2.5 4.4-2.5",
    "other": "M-4-4 4 4M4-4-4 4",
}
_CIRCLES = {"none": '<circle r="4.2" class="open"/>', "hybrid": '<circle r="5"/>'}
_UNIT = 4.43  # pixels: Vega's unit, half the side of a square with the area of the circle of hybrid batches
_CROSS = "M-4-6 0-2 4-6 6-4 2 0 6 4 4 6 0 2-4 6-6 4-2 0-6-4Z"  # that of other models, with an inside
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


def mark_shapes() -> Markup:
    """Return the shapes that the charts refer to, one per kind of model, in an SVG without size."""
    shapes = {
        **_CIRCLES,
        **{kind: f'<path d="{path}"/>' for kind, path in _OUTLINES.items()},
        **{kind: f'<path d="{path}" class="open"/>' for kind, path in _STROKES.items()},
    }
    groups = "".join(f'<g id="mark-{kind}">{shape}</g>' for kind, shape in shapes.items())
    return Markup(  # nosec B704  # shapes of this module
        f'<svg width="0" height="0" class="defs" aria-hidden="true"><defs>{groups}</defs></svg>'
    )


def chart_shape(kind: str) -> str:
    """Return the shape of a kind of model for a chart, by a name or path of Vega; each but a stroke has an inside.

    Unknown kinds have that of ``other``.
    """
    if kind in _CIRCLES:
        return "circle"
    path = _OUTLINES.get(kind) or (_STROKES[kind] if kind in _STROKES and kind != "other" else _CROSS)
    return _NUMBER.sub(lambda number: f" {float(number[0]) / _UNIT:.3g}", path).replace("M ", "M")


def legend_mark(kind: str, variant: int) -> Markup:
    """Return a model's mark, to stand in a line of text; ``variant`` is which one of its kind it is."""
    return Markup(  # nosec B704  # kinds of this module, and numbers
        f'<svg class="key" width="14" height="14" color="{colour_of(kind, variant)}" aria-hidden="true">'
        f'<use href="#mark-{kind}" x="7" y="7"/></svg>'
    )
