"""What each language is shown of, by query language."""

from collections.abc import Mapping
from typing import Any

from equilingual.report.board import Board
from equilingual.report.data.tables import Table, rounded, table
from equilingual.report.exposure import exposures_of

_DIGITS = 4


def exposure_table(board: Board, records: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return median ranks and shares of the first ten places by model, benchmark, query and candidate language.

    Args:
        board: the scores.
        records: ``results/bias/{model}/{benchmark}.json`` by ``{model}/{benchmark}``.

    """
    rows = (
        [row.group, benchmark, query, tag, rounded(rank, _DIGITS), rounded(share, _DIGITS), rounded(pool, _DIGITS)]
        for benchmark in board.benchmarks
        for row, found in exposures_of(board, benchmark, records).items()
        for query, ranks, shares in zip(found.languages, found.median_rank, found.shares, strict=True)
        for tag, rank, share, pool in zip(found.languages, ranks, shares, found.pool_shares, strict=True)
        if rank is not None or share is not None
    )
    columns = ["model", "benchmark", "query_language", "language", "median_rank", "share", "pool_share"]
    return table(columns, rows)
