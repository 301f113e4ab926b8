"""The files of ``results/figures/``: figures for papers, and sections of the page for Snakemake's report."""

import csv
import io
import re
from collections.abc import Iterable
from os import PathLike
from pathlib import Path

from equilingual.files import replacing
from equilingual.report.about import about_figure
from equilingual.report.plots import distances, first_ten, forest, language_pairs, quality_bias, training
from equilingual.report.plots.plot import Plot, Rows
from equilingual.report.run import Run
from equilingual.report.vega import chart, to_file

PLOTS = {
    plot.name: plot
    for plot in (
        quality_bias.PLOT,
        forest.PLOT,
        language_pairs.PLOT,
        distances.PLOT,
        first_ten.PLOT,
        training.PLOT,
    )
}
_NONE = "This run has no such figure."


def write_figures(run: Run, html: str, paths: Iterable[str | PathLike[str]]) -> None:
    """Write each file: ``{section}.html`` from the page, ``{figure}/{benchmark}.{svg,pdf,csv}`` from the run.

    A figure of the whole run is ``{figure}.{svg,pdf,csv}``.

    What the run has nothing of says so: Snakemake expects the file.
    """
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".html":
            content = page_of(html, path.stem).encode(errors="replace")
        else:
            plot = PLOTS.get(path.parent.name) or PLOTS[path.stem]
            kind, about = path.suffix.removeprefix("."), about_figure(run.board, path.stem)
            content = figure_file(plot, plot.rows(run, path.stem), kind, about)
        with replacing(path) as temporary:
            temporary.write_bytes(content)


def figure_file(plot: Plot, shown: Rows, kind: str, about: str = "") -> bytes:
    """Return a figure of one benchmark as ``svg``, ``pdf`` or ``csv``; ``about`` stands below a picture."""
    if kind == "csv":
        return _csv(shown).encode(errors="replace")
    spec = plot.spec(shown) if shown else chart({"data": {"values": [{}]}, "mark": {"type": "text", "text": _NONE}})
    return to_file(spec, width=plot.width, kind=kind, about=about if shown else "")


def _csv(shown: Rows) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(shown[0]) if shown else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(shown)
    return out.getvalue()


def page_of(html: str, section: str) -> str:
    """Return the page with one of its sections alone: its head, with style and policy, and the marks of its charts.

    Only sections of the page itself have an id, and texts of data are escaped: what looks like a tag is one.
    """
    head, _, body = html.partition("<body>")
    marks = re.search(r'<svg [^>]*class="defs".*?</svg>', body, re.S)
    found = re.search(rf'<section id="{re.escape(section)}".*?(?=<section id="|</main>)', body, re.S)
    content = found[0] if found else f"<p>{_NONE}</p>\n"
    return f"{head}<body>\n{marks[0] if marks else ''}\n<main>\n{content}</main>\n</body>\n</html>\n"
