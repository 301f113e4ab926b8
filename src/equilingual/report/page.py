"""The page: the stage ``render_report``.

in:  ``results/scores.csv``, ``results/comparisons.csv`` and the intervals, manifests, histories, counts and
     examples that a run leaves
out: ``results/report.html``, one file that needs no other and no network; ``results/report.json``, the data that it is
     drawn from; ``results/figures/``, its figures for papers and for Snakemake's report
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from equilingual.report.data import to_json, write_data
from equilingual.report.document import payload, style_and_scripts, templates, write_page
from equilingual.report.figures import write_figures
from equilingual.report.formatting import shorten
from equilingual.report.header import header_of
from equilingual.report.inputs import ReportInputs
from equilingual.report.marks import mark_shapes
from equilingual.report.packing import packed
from equilingual.report.run import Run
from equilingual.report.sections import SECTIONS
from equilingual.report.sections.section import Section, View

_FOLDER = Path(__file__).parent
_SECTIONS = _FOLDER / "sections"
_TEMPLATE = "page.html.j2"
_SCRIPT = "page.js"
_LONGEST_TITLE = 300  # characters


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
    write_page(html, out)
    if data is not None:
        write_data(to_json(run.data), data)
    write_figures(run, html, figures)


def render(run: Run) -> str:
    """Return the page."""
    shown = [Shown(section, view) for section in SECTIONS if (view := section.build(run)) is not None]
    views = [one.view for one in shown]
    return (
        templates(_FOLDER, _SECTIONS)
        .get_template(_TEMPLATE)
        .render(
            title=shorten(run.inputs.title, _LONGEST_TITLE),
            header=header_of(run),
            shown=shown,
            shapes=mark_shapes(),
            **style_and_scripts([*_scripts(shown)]),
            payload=payload(to_json(packed(run.data)), views),
        )
        .lstrip()
    )


def _scripts(shown: Sequence[Shown]) -> Iterator[str]:
    """Yield the page's own script, then each section's, in a function of its own that is given ``page``."""
    yield (_FOLDER / _SCRIPT).read_text(encoding="utf-8")
    for one in shown:
        if one.section.script:
            text = (_SECTIONS / one.section.script).read_text(encoding="utf-8")
            yield f"(function (page) {{\n{text}}})(window.report);\n"
