"""The page: the stage ``render_report``.

in:  ``results/scores.csv``, ``results/comparisons.csv`` and the intervals, manifests, histories, counts and
     examples that a run leaves
out: ``results/report.html``, one file that needs no other and no network; ``results/figures/``, its figures for
     Snakemake's report
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from os import PathLike
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from equilingual.files import replacing
from equilingual.report.bias_maps import BiasMaps
from equilingual.report.charts import mark_shapes
from equilingual.report.colours import heat_css
from equilingual.report.figures import write_figures
from equilingual.report.formatting import to_html
from equilingual.report.heatmaps import BenchmarkMaps
from equilingual.report.inputs import ReportInputs
from equilingual.report.records import Hash
from equilingual.report.view import Page, build_page

_FOLDER = Path(__file__).parent
_TEMPLATE = "template.html.j2"
_STYLE = "style.css"


def render_report(
    inputs: ReportInputs, *, out: str | PathLike[str], figures: Sequence[str | PathLike[str]] = ()
) -> None:
    """Render the report of one run; the same files give the same bytes.

    Args:
        inputs: the files of the run.
        out: the page.
        figures: pages for its figures, called as the sections of the page are.

    """
    page = build_page(inputs)
    html = _render(page)
    with replacing(out) as temporary:
        # A text may hold half of a surrogate pair, which UTF-8 cannot.
        temporary.write_text(html, encoding="utf-8", errors="replace", newline="\n")
    write_figures(html, figures)


@cache
def _environment() -> Environment:
    """Return what templates are rendered with; it keeps the compiled ones."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        finalize=to_html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["hash"] = lambda value: isinstance(value, Hash)
    return environment


def _render(page: Page) -> str:
    style = (_FOLDER / _STYLE).read_text(encoding="utf-8") + heat_css() + _size_css(page)
    template = _environment().get_template(_TEMPLATE)
    return template.render(page=page, shapes=mark_shapes(), style=Markup(style), policy=Markup(_policy(style))).lstrip()


def _size_css(page: Page) -> str:
    """Return the rules that tell the maps their number of languages: the policy allows no style in an attribute."""
    maps: list[BenchmarkMaps | BiasMaps] = [*page.maps, *(one.maps for one in page.biases if one.maps)]
    return "".join(f".n{size}{{--n:{size}}}" for size in sorted({len(one.languages) for one in maps}))


def _policy(style: str) -> str:
    """Return the content security policy: the page's own style, and no script, file, form or address at all.

    A text of data that got past the escaping would run nothing, load nothing and restyle nothing
    (https://www.w3.org/TR/CSP3/).
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
