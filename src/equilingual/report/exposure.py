"""The exposure of each language, from ``results/bias/``, averaged over each model's seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from equilingual.report.board import Board, Row
from equilingual.report.formatting import is_number

Matrix = list[list[float | None]]


@dataclass(frozen=True)
class Exposure:
    """A model's ranks and first places by language, in the pool of all languages.

    Attributes:
        languages: of queries (rows) and candidates (columns).
        median_rank: of the first relevant candidate; None for a language without queries.
        shares: of the first ten places, rows that sum to 1; None for a language without queries.
        pool_shares: of the candidates, by language.

    """

    languages: list[str]
    median_rank: Matrix
    shares: Matrix
    pool_shares: list[float]


def exposures_of(board: Board, benchmark: str, records: Mapping[str, Mapping[str, Any]]) -> dict[Row, Exposure]:
    """Return a benchmark's exposures by model, means over seeds, in the order of the page.

    Args:
        board: the scores.
        benchmark: its name.
        records: ``results/bias/{model}/{benchmark}.json`` by ``{model}/{benchmark}``.

    """
    by_row: dict[Row, list[Mapping[str, Any]]] = {}
    for name, record in records.items():
        model, _, asked = name.rpartition("/")
        if asked == benchmark and model in board.models and record.get("languages"):
            by_row.setdefault(board.models[model][0], []).append(record)
    return {row: _mean_exposure(by_row[row]) for row in board.rows_of(benchmark) if row in by_row}


def _mean_exposure(records: Sequence[Mapping[str, Any]]) -> Exposure:
    tags = [str(tag) for tag in records[0]["languages"]]
    ranks, shares = (
        _mean_matrix([_by_query(one, name, tags) for one in records]) for name in ("median_rank", "shares")
    )
    return Exposure(tags, ranks, shares, [float(share) for share in records[0]["pool_shares"]])


def _by_query(record: Mapping[str, Any], name: str, tags: Sequence[str]) -> Matrix:
    """Return a table of the record with a row for every language; one without queries has None in all cells."""
    position = {tag: place for place, tag in enumerate(record["languages"])}
    rows = record.get(name) or {}
    return [
        [rows[query][position[tag]] if query in rows and tag in position else None for tag in tags] for query in tags
    ]


def _mean_matrix(matrices: Sequence[Matrix]) -> Matrix:
    """Return the mean of several matrices, cell by cell, over those that have a value."""
    return [[_mean(cells) for cells in zip(*lines, strict=True)] for lines in zip(*matrices, strict=True)]


def _mean(values: Sequence[float | None]) -> float | None:
    found = [value for value in values if is_number(value)]
    return sum(found) / len(found) if found else None
