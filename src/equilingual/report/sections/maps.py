"""Heat maps of mAP by query language and candidate language."""

from equilingual.report.heatmaps import MOST_CELLS, benchmark_maps
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View


def build(run: Run) -> View:
    """Return the maps of each benchmark that has any."""
    board = run.board
    most = MOST_CELLS // max(1, len(board.benchmarks))
    return {"maps": [found for name in board.benchmarks if (found := benchmark_maps(board, name, most))]}


SECTION = Section("maps", "Language pairs", "maps.html.j2", build)
