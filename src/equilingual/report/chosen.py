"""Which models a figure shows that has no room for all: the headline's, and what was trained from their encoder."""

import math

from equilingual.report.board import Row
from equilingual.report.headline import best_of, changes_of, headline_of, subject_place
from equilingual.report.paired import Paired
from equilingual.report.run import Run


def before_and_after(run: Run, benchmark: str) -> list[Row]:
    """Return the headline's reference and model; without a headline the first model, and the last that was trained."""
    headline = headline_of(run.board, Paired(run.comparisons), benchmark)
    if headline.model is not None and headline.reference is not None:
        return [headline.reference, headline.model]
    rows = [row for row in run.board.rows_of(benchmark) if not row.is_merged]
    trained = [row for row in rows if row.trained]
    return list(dict.fromkeys([*rows[:1], *(trained or rows)[-1:]]))


def rows_of_pairs(run: Run, benchmark: str) -> list[Row]:
    """Return :func:`before_and_after` for maps of language pairs, which merged lists have from their encoder unchanged.

    In place of merged lists, the model of that encoder with the least language bias is taken.
    """
    *before, after = before_and_after(run, benchmark)
    if not after.is_merged:
        return [*before, after]
    own = [row for row in run.board.rows_of(benchmark) if row.encoder == after.encoder and not row.is_merged]

    def bias(row: Row) -> float:
        value = run.board.figure(row, benchmark, "multilingual", "rank_distance").value
        return math.inf if value is None else value

    return list(dict.fromkeys([*before, *sorted(own, key=bias)[:1]]))


def best_untrained(run: Run, benchmark: str) -> Row | None:
    """Return the best model that was debiased and not trained, of the headline's encoder; None where none was tested.

    Merged lists, which leave each language's list as it is, are left out.
    """
    paired = Paired(run.comparisons)
    place = subject_place(run.board, paired, benchmark)
    encoders = {row.encoder for row in before_and_after(run, benchmark)}
    changes = {
        row: change
        for row, change in (changes_of(run.board, paired, place) if place else {}).items()
        if not row.trained and not row.is_merged and row.encoder in encoders
    }
    return best_of(run.board, paired, place, changes) if place and changes else None


def main_rows(run: Run, benchmark: str, most: int) -> list[Row]:
    """Return :func:`before_and_after`, and what else was trained from that encoder, in the order of the page.

    The list has at most ``most`` models. Merging and lexical systems are left out.
    """
    two = before_and_after(run, benchmark)
    encoders = {row.encoder for row in two}
    rows = run.board.rows_of(benchmark)
    trained = [row for row in rows if row.trained and row.encoder in encoders and row.debias == "none"]
    kept = list(dict.fromkeys([*two, *trained]))[:most]
    return [row for row in rows if row in kept]
