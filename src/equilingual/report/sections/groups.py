"""Means over groups of languages."""

from equilingual.report.groups import group_table
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View


def build(run: Run) -> View | None:
    """Return the table of each benchmark with several groups."""
    trained = run.records("models")
    tables = [table for name in run.board.benchmarks if (table := group_table(run.board, name, trained))]
    return {"groups": tables, "trained": run.has_trained} if tables else None


SECTION = Section("groups", "Language groups", "groups.html.j2", build)
