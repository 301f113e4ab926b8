"""A figure as the page holds it: a picture that needs no script, and what a script draws it anew from."""

import re
from dataclasses import dataclass

from markupsafe import Markup

from equilingual.report.plots.plot import Plot, Rows
from equilingual.report.vega import Spec, to_svg

# Vega writes each of these. The policy of the page allows no style in an attribute; the font is that of the page, and
# the size that most texts have is the element's.
_LEFT_OUT = re.compile(
    r' (?:style|role|aria-[a-z]+|font-family|font-weight|xmlns:xlink|version|pointer-events)="[^"]*"'
    r'| opacity="1"| font-size="12px"'
)
# What nobody sees: the frames of groups, and the discs that the pointer meets.
_UNSEEN = re.compile(r'<path [^>]*(?:class="(?:background|foreground)" [^>]*d="(?:M0,0h0v0h0Z)?"|opacity="0")[^>]*/>')
_TAG, _LONG = re.compile("<[^>]*>"), re.compile(r"\d+\.\d{3,}")
_SIZE = ' font-size="12px"'


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
    """Return a figure as the page holds it, as short as can be; a text beside it says what it shows."""
    svg = _TAG.sub(_shortened, _UNSEEN.sub("", to_svg(spec, width=width)))
    return Markup(svg.replace("<svg ", f'<svg aria-hidden="true"{_SIZE} ', 1))  # nosec B704  # Vega escapes


def _shortened(tag: re.Match[str]) -> str:
    """Return an element's start without what the page's figure does not need; places to a hundredth of a pixel."""
    return _LONG.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), _LEFT_OUT.sub("", tag[0]))
