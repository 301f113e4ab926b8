"""Which figures of a test are shown: mean rank distances, where the tests are of their logarithm."""

from dataclasses import dataclass

from equilingual.report.board import Board, Row
from equilingual.report.paired import Change, Place

# What is shown, and what is tested in its place: it has a value of each question without outliers.
TESTED_AS = {"rank_distance": "log_rank_distance"}
_SHOWN_AS = {tested: shown for shown, tested in TESTED_AS.items()}


@dataclass(frozen=True)
class Shown:
    """A change in the figures of the tables, or in the tested ones where these do not agree."""

    measure: str
    before: float
    after: float


def shown_change(board: Board, place: Place, pair: tuple[Row, Row], change: Change) -> Shown:
    """Return what is shown of a change of a model, the first of the pair, against the second."""
    after, before = (shown_value(board, place, row) for row in pair)
    if after is None or before is None or tables_disagree(board, place, pair, change):
        return Shown(place[2], change.before, change.after)
    return Shown(_SHOWN_AS.get(place[2], place[2]), before, after)


def tables_disagree(board: Board, place: Place, pair: tuple[Row, Row], change: Change) -> bool:
    """Return whether the figures of the tables do not move as the tested ones do.

    A few questions with very large distances can do that to their mean, and a mean over languages can move against one
    over questions where languages have different numbers of questions.
    """
    after, before = (shown_value(board, place, row) for row in pair)
    if after is None or before is None or change.after == change.before:
        return False
    return (change.after - change.before) * (after - before) <= 0


def shown_value(board: Board, place: Place, row: Row) -> float | None:
    """Return what the tables show of a model where a measure was tested."""
    benchmark, setting, tested = place
    return board.figure(row, benchmark, setting, _SHOWN_AS.get(tested, tested)).value
