"""What a section of the page is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from equilingual.report.run import Run

View = Mapping[str, object]


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Attributes:
        name: of its element's id, and of its module.
        title: its heading, and its entry in the navigation.
        template: the file beside its module that lays it out; there ``view`` is what ``build`` returned, and
            ``macros.html.j2`` has what several templates use.
        build: from a run to what the template shows; None where the run has nothing of it, and the section is left
            out.
        script: a JavaScript file beside its module, run after ``page.js``; empty for none.

    """

    name: str
    title: str
    template: str
    build: Callable[[Run], View | None]
    script: str = ""
