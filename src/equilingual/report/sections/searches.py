"""What the indexes find of what an exact search finds."""

from equilingual.report.run import Run
from equilingual.report.searches import search_table
from equilingual.report.sections.section import Section, View


def build(run: Run) -> View:
    """Return the recall of the indexes; None where they are exact."""
    return {"searches": search_table(run.inputs.index, run.named("searches"))}


SECTION = Section("searches", "Indexes", "searches.html.j2", build)
