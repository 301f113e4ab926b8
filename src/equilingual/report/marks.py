"""Marks of models in a line of text, as inline SVG.

Colours come from the style sheet, by the class of the model's kind; the mark's shape says the same without colour.
"""

from markupsafe import Markup


def mark_shapes() -> Markup:
    """Return the shapes that the charts refer to, one per kind of model, in an SVG without size."""
    shapes = {
        "none": '<circle r="4.2" class="open"/>',
        "centred": '<path d="M0-5.2 5 4H-5Z"/>',
        "lir": '<path d="M0 5.2 5-4H-5Z"/>',
        "lsar": '<path d="M-5.2 0 4-5V5Z"/>',
        "shift": '<path d="M5.2 0-4-5V5Z"/>',
        "csls": '<path d="M-5.2 0-2.6-4.5H2.6L5.2 0 2.6 4.5H-2.6Z"/>',
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
    return Markup(  # nosec B704  # shapes of this module
        f'<svg width="0" height="0" class="defs" aria-hidden="true"><defs>{groups}</defs></svg>'
    )


def legend_mark(kind: str, variant: int) -> Markup:
    """Return a model's mark, to stand in a line of text."""
    return Markup(  # nosec B704  # kinds of this module, and numbers
        f'<svg class="key" width="14" height="14" aria-hidden="true">{_use(kind, variant, "7", 7)}</svg>'
    )


def _class(kind: str, variant: int) -> str:
    return f"k-{kind}" + (f" v{(variant - 1) % 3 + 1}" if variant else "")


def _use(kind: str, variant: int, x: str, y: float) -> str:
    return f'<use href="#mark-{kind}" x="{x}" y="{y}" class="mark {_class(kind, variant)}"/>'
