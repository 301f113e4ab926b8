"""The page: the stage ``render_report``.

in:  ``results/scores.csv``, ``results/comparisons.csv`` and the intervals, manifests, histories, counts and
     examples that a run leaves
out: ``results/report.html``, one file that needs no other and no network; ``results/report.json``, the data that it is
     drawn from; ``results/figures/``, its figures for papers and for Snakemake's report
"""

import base64
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from os import PathLike
from pathlib import Path
from typing import TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from equilingual.files import replacing
from equilingual.report.data import to_json, write_data
from equilingual.report.figure import PageFigure
from equilingual.report.figures import write_figures
from equilingual.report.formatting import shorten, to_html
from equilingual.report.header import header_of
from equilingual.report.inputs import ReportInputs
from equilingual.report.marks import mark_shapes
from equilingual.report.packing import packed
from equilingual.report.records import Hash
from equilingual.report.run import Run
from equilingual.report.sections import SECTIONS
from equilingual.report.sections.section import Section, View
from equilingual.report.vega import bundle, policy_hash

_FOLDER = Path(__file__).parent
_SECTIONS = _FOLDER / "sections"
_TEMPLATE = "page.html.j2"
_STYLE = "style.css"
_SCRIPT = "page.js"
_LONGEST_TITLE = 300  # characters
_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Shown:
    """A section that the run has something of."""

    section: Section
    view: View


def render_report(
    inputs: ReportInputs,
    *,
    out: str | PathLike[str],
    data: str | PathLike[str] | None = None,
    figures: Sequence[str | PathLike[str]] = (),
) -> None:
    """Render the report of one run; the same files give the same bytes.

    Args:
        inputs: the files of the run.
        out: the page.
        data: the JSON that it is drawn from; None for no such file.
        figures: files for its figures: ``{section}.html`` for Snakemake's report, ``{figure}/{benchmark}.svg``,
            ``.pdf`` or ``.csv`` for papers.

    """
    run = Run(inputs)
    html = render(run)
    with replacing(out) as temporary:
        # A text may hold half of a surrogate pair, which UTF-8 cannot.
        temporary.write_text(html, encoding="utf-8", errors="replace", newline="\n")
    if data is not None:
        write_data(to_json(run.data), data)
    write_figures(run, html, figures)


def render(run: Run) -> str:
    """Return the page."""
    shown = [Shown(section, view) for section in SECTIONS if (view := section.build(run)) is not None]
    style = (_FOLDER / _STYLE).read_text(encoding="utf-8")
    script = "".join(_script(shown))
    library, allowed = bundle()
    policy = _policy(style, [policy_hash(script.encode()), allowed])
    return (
        _environment()
        .get_template(_TEMPLATE)
        .render(
            title=shorten(run.inputs.title, _LONGEST_TITLE),
            header=header_of(run),
            shown=shown,
            shapes=mark_shapes(),
            style=Markup(style),
            policy=Markup(policy),
            script=Markup(script),
            vega=Markup(library),
            payload=Markup(_payload(to_json(packed(run.data)), shown)),
        )
        .lstrip()
    )


@cache
def _environment() -> Environment:
    """Return what templates are rendered with; it keeps the compiled ones."""
    environment = Environment(
        loader=FileSystemLoader([_FOLDER, _SECTIONS]),
        autoescape=True,
        finalize=to_html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["hash"] = lambda value: isinstance(value, Hash)
    return environment


def _script(shown: Sequence[Shown]) -> Iterator[str]:
    """Yield the page's own script, then each section's, in a function of its own that is given ``page``."""
    yield (_FOLDER / _SCRIPT).read_text(encoding="utf-8")
    for one in shown:
        if one.section.script:
            text = (_SECTIONS / one.section.script).read_text(encoding="utf-8")
            yield f"(function (page) {{\n{text}}})(window.report);\n"


def _payload(data: str, shown: Sequence[Shown]) -> str:
    """Return the data and the specifications of all figures, compressed: the script unpacks them."""
    charts = {one.name: one.spec for section in shown for one in _parts(section.view, PageFigure)}
    text = f'{{"data":{data.rstrip()},"charts":{json.dumps(charts, separators=(",", ":"))}}}'
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode("ascii")


def _parts(value: object, kind: type[_Part]) -> Iterator[_Part]:
    """Yield what there is of a kind in a view, its lists and its dataclasses."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _parts(part, kind)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _parts(part, kind)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _parts(getattr(value, field.name), kind)


def _policy(style: str, scripts: Sequence[str]) -> str:
    """Return the content security policy: the page's own style and scripts, and no file, form or address at all.

    A text of data that got past the escaping would run nothing, load nothing and restyle nothing
    (https://www.w3.org/TR/CSP3/).
    """
    return (
        f"default-src 'none'; script-src {' '.join(scripts)}; style-src {policy_hash(style.encode())}; "
        "base-uri 'none'; form-action 'none'"
    )
