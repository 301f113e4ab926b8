"""What others have published for the run's benchmarks: reference figures that were not run here."""

from collections.abc import Mapping
from typing import Any

from equilingual.report.board import Board
from equilingual.report.by_language import languages_shown
from equilingual.report.columns import columns_of
from equilingual.report.data.tables import Table, rounded, table
from equilingual.report.published import published_systems

_ABOUT = ("benchmark", "system", "label", "source", "training", "languages")
_OF = ("setting", "measure", "query_language", "pool", "value")


def published_table(board: Board, counts: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return the published macro-averages; a row per benchmark, system and figure.

    Args:
        board: the scores.
        counts: the counts of each benchmark, by its name.

    """
    rows: list[list[object]] = []
    for name in board.benchmarks:
        judged = counts.get(name, {}).get("pool") == "judged"
        places = {("mean", "mean"), *((one.language, one.pool) for one in columns_of(board, name))}
        for number, system in enumerate(published_systems(name, len(languages_shown(board, name)), judged=judged)):
            about = [name, number, system.label, system.source, system.about, system.languages]
            rows += [[*about, *place, rounded(value)] for place, value in system.figures.items() if place[2:] in places]
    return table([*_ABOUT, *_OF], rows)
