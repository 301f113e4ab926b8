"""A figure as the page holds it: a picture that needs no script, and what a script draws it anew from."""

import re
from dataclasses import dataclass

from markupsafe import Markup

from equilingual.report.plots.plot import Plot, Rows
from equilingual.report.vega import Spec, to_svg

# Vega writes each of these; the policy of the page allows no style in an attribute.
_STYLE = re.compile(r' style="[^"]*"')


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page.

    Attributes:
        name: of its element, unique in the page.
        svg: the picture.
        text: what it says, for who does not see it.
        spec: for the script.

    """

    name: str
    svg: Markup
    text: str
    spec: Spec


def page_figure(plot: Plot, number: int | str, shown: Rows) -> PageFigure:
    """Return a figure of the ``number``-th benchmark; ``shown`` is what ``plot.rows`` has of it.

    A benchmark with several has a number for each: ``0-1``.
    """
    spec = plot.spec(shown)
    svg = picture(spec, plot.width)
    return PageFigure(f"{plot.name}-{number}", svg, plot.describe(shown), spec)


def picture(spec: Spec, width: int) -> Markup:
    """Return a figure as the page holds it, without styles in attributes; a text beside it says what it shows."""
    svg = _STYLE.sub("", to_svg(spec, width=width))
    return Markup(svg.replace("<svg ", '<svg aria-hidden="true" ', 1))
