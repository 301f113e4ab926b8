"""Encoders whose vectors are nearly all the same: no ranking by them means anything, whatever its figures."""

from collections.abc import Mapping
from typing import Any

from equilingual.encoders.collapse import COLLAPSED
from equilingual.report.board import Board, Row
from equilingual.report.formatting import is_number

Record = Mapping[str, Any]
Collapsed = dict[tuple[str, str], str]  # by model and benchmark: the texts, and the mean cosine of their vectors


def collapsed_models(encodings: Mapping[str, Record]) -> Collapsed:
    """Return the models that gave nearly the same vector to all queries or candidates of a benchmark.

    Args:
        encodings: counts of what was encoded, by ``{model}/{benchmark}``; ``mean_cosine`` is null of fewer than two
            texts.

    """
    found: Collapsed = {}
    for name, record in encodings.items():
        model, _, benchmark = name.rpartition("/")
        cosines = {table: (record.get(table) or {}).get("mean_cosine") for table in ("queries", "candidates")}
        same = [
            f"{table} {cosine:.6f}" for table, cosine in cosines.items() if is_number(cosine) and cosine >= COLLAPSED
        ]
        if same:
            found[model, benchmark] = ", ".join(same)
    return found


def is_collapsed(board: Board, row: Row, benchmark: str, collapsed: Collapsed) -> bool:
    """Return whether a row is of such an encoder, of any of its seeds, whatever was done to the vectors afterwards."""
    return any((name, benchmark) in collapsed for name in board.bases[row])


def collapse_remarks(collapsed: Collapsed) -> list[str]:
    """Return a caution for each of them."""
    return [
        f"{model} has collapsed: its vectors of {benchmark} are nearly all the same (mean cosine of different texts: "
        f"{cosines}). Its rankings and scores are meaningless. Check its training loss, or the weights that were "
        "loaded."
        for (model, benchmark), cosines in collapsed.items()
    ]
