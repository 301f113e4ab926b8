"""The figures of the page, each as a page of its own, for Snakemake's report (``snakemake --report``)."""

import re
from collections.abc import Iterable
from os import PathLike
from pathlib import Path

from equilingual.files import replacing

_NONE = "<p>This run has no such figure.</p>\n"


def write_figures(html: str, paths: Iterable[str | PathLike[str]]) -> None:
    """Write a section of the page to each path that has its name; one that the page lacks says so."""
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            text = page_of(html, Path(path).stem)
            temporary.write_text(text, encoding="utf-8", errors="replace", newline="\n")


def page_of(html: str, section: str) -> str:
    """Return the page with one of its sections alone: its head, with style and policy, and the marks of its charts.

    Only sections of the page itself have an id, and texts of data are escaped: what looks like a tag is one.
    """
    head, _, body = html.partition("<body>")
    marks = re.search(r'<svg [^>]*class="defs".*?</svg>', body, re.S)
    found = re.search(rf'<section id="{re.escape(section)}".*?(?=<section id="|</main>)', body, re.S)
    content = found[0] if found else _NONE
    return f"{head}<body>\n{marks[0] if marks else ''}\n<main>\n{content}</main>\n</body>\n</html>\n"
