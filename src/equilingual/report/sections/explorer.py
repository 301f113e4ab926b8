"""The language explorer: one question in every language, and what two models have first."""

from equilingual.report.explorer import explorers
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View


def build(run: Run) -> View | None:
    """Return the first view of each benchmark; None where no questions were collected."""
    found = explorers(run)
    return {"explorers": found, "several": len(run.board.benchmarks) > 1} if found else None


SECTION = Section("explorer", "Language explorer", "explorer.html.j2", build, "explorer.js")
