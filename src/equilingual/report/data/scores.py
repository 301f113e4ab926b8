"""The scores that the page shows, their intervals and the spread over seeds."""

from collections.abc import Iterator

from equilingual.evaluation.catalogue import DIAGNOSTIC
from equilingual.report.aspects import aspects_of
from equilingual.report.board import MEAN, Board, Key
from equilingual.report.data.tables import Table, rounded, table

_DIAGNOSTIC = {measure.name for measure in DIAGNOSTIC}
_COLUMNS = ("model", "benchmark", "setting", "query_language", "pool", "measure")


def score_table(board: Board) -> Table:
    """Return the scores, each the mean over a model's seeds, in the order of ``results/scores.csv``.

    Of single pairs of languages it has the measures that a benchmark's models are compared by, and diagnostics;
    ``results/scores.csv`` has all.
    """
    main = {name: {one.measure for one in aspects_of(board, name)} for name in board.benchmarks}
    rows = (
        [*_names(key), rounded(sum(found) / len(found)), board.queries.get(key)]
        for key, values in board.values.items()
        if _is_shown(key, main[key[1]]) and (found := [value for value in values if value is not None])
    )
    return table([*_COLUMNS, "value", "queries"], rows)


def _is_shown(key: Key, main: set[str]) -> bool:
    _, _, setting, language, pool, measure = key
    return MEAN in (language, pool) or setting == "multilingual" or measure in main or measure in _DIAGNOSTIC


def _names(key: Key) -> tuple[str, ...]:
    row, *rest = key
    return (row.group, *rest)


def _means(board: Board) -> Iterator[Key]:
    return (key for key in board.values if key[3:5] == (MEAN, MEAN))


def interval_table(board: Board) -> Table:
    """Return the 95% intervals of the macro-averages, the widest that a model's seeds span."""
    rows = []
    for key in _means(board):
        row, benchmark, setting, _, _, measure = key
        figure = board.figure(row, benchmark, setting, measure)
        if figure.low is not None:
            rows.append([row.group, benchmark, setting, measure, rounded(figure.low), rounded(figure.high)])
    return table(["model", "benchmark", "setting", "measure", "low", "high"], rows)


def seed_table(board: Board) -> Table:
    """Return each seed's macro-averages, of models with several seeds."""
    rows = [
        [key[0].group, key[1], key[2], key[5], int(seed), rounded(value)]
        for key in _means(board)
        if len(board.seeds[key[0]]) > 1
        for seed, value in zip(board.seeds[key[0]], board.values[key], strict=False)
    ]
    return table(["model", "benchmark", "setting", "measure", "seed", "value"], rows)
