"""Every model's macro-averages, benchmark by benchmark."""

from equilingual.report.leaderboard import leaderboard_of
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View


def build(run: Run) -> View | None:
    """Return the leaderboard of each benchmark."""
    board = run.board
    boards = [leaderboard_of(board, name, run.benchmarks.get(name, {}), run.collapsed) for name in board.benchmarks]
    return {"boards": boards} if boards else None


SECTION = Section("leaderboard", "Leaderboard", "leaderboard.html.j2", build, "leaderboard.js")
