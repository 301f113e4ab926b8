"""A few questions with their first hits among the candidates of all languages."""

from equilingual.report.examples import example_views
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View


def build(run: Run) -> View:
    """Return the questions, each with the hits of every model."""
    return {"examples": example_views(run.records("examples"), run.board)}


SECTION = Section("examples", "Examples", "examples.html.j2", build)
