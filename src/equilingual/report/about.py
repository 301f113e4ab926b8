"""What a figure is of, in a line: for a file that leaves the page."""

from equilingual.report.board import Board
from equilingual.report.formatting import join_words


def about_figure(board: Board, benchmark: str) -> str:
    """Return the benchmark, the encoders and the number of seeds: ``xquad-r · e5-small · 3 to 5 seeds``.

    Without the name of a benchmark it is of the whole run.
    """
    rows = board.rows_of(benchmark) if benchmark in board.benchmarks else board.rows
    encoders = list(dict.fromkeys(row.encoder for row in rows if not row.is_lexical))
    seeds = sorted({len(board.seeds[row]) for row in rows if row.trained})
    fewest = f"{seeds[0]} to " if seeds[:1] != seeds[-1:] else ""
    words = f"{fewest}{seeds[-1]} seed{'s' * (seeds[-1] != 1)}" if seeds else ""
    return " · ".join(filter(None, [benchmark if benchmark in board.benchmarks else "", join_words(encoders), words]))
