"""What a figure is of, in a line: for a file that leaves the page."""

from collections.abc import Sequence

from equilingual.report.board import Board
from equilingual.report.formatting import join_words


def about_figure(board: Board, benchmark: str) -> str:
    """Return the benchmark, the encoders and the number of seeds: ``xquad-r · e5-small · 3 to 5 seeds``.

    Without the name of a benchmark it is of the whole run.
    """
    rows = board.rows_of(benchmark) if benchmark in board.benchmarks else board.rows
    encoders = list(dict.fromkeys(row.encoder for row in rows if not row.is_lexical))
    seeds = sorted({len(board.seeds[row]) for row in rows if row.trained})
    name = benchmark if benchmark in board.benchmarks else ""
    return " · ".join(filter(None, [name, join_words(encoders), seed_words(seeds)]))


def seed_words(counts: Sequence[int]) -> str:
    """Return the fewest and the most seeds of a model, which are sorted; nothing where none was trained."""
    if not counts:
        return ""
    fewest = f"{counts[0]} to " if counts[0] != counts[-1] else ""
    return f"{fewest}{counts[-1]} seed{'s' * (counts[-1] != 1)}"
