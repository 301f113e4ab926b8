"""Every model's macro-averages with their intervals, benchmark by benchmark."""

from equilingual.report.comparison import compare
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View


def build(run: Run) -> View:
    """Return the tables and charts of each benchmark."""
    board = run.board
    return {"comparisons": [compare(board, name, run.benchmarks.get(name), run.collapsed) for name in board.benchmarks]}


SECTION = Section("strategies", "Scores", "strategies.html.j2", build)
