"""The scores that the page shows, with their intervals, and the spread over seeds."""

from collections.abc import Iterator

from equilingual.evaluation.catalogue import DIAGNOSTIC
from equilingual.report.aspects import aspects_of
from equilingual.report.board import MEAN, Board, Key
from equilingual.report.data.tables import Table, rounded, table

_DIAGNOSTIC = {measure.name for measure in DIAGNOSTIC}
_COLUMNS = ("model", "benchmark", "setting", "query_language", "pool", "measure")
_DIGITS = 4  # of the interval of a pair
_MOST = 24  # languages: of the pairs of more of them, the intervals would take half of the page's bytes


def score_table(board: Board) -> Table:
    """Return the scores, each the mean over a model's seeds, in the order of ``results/scores.csv``.

    Of single pairs of languages it has the measures that a benchmark's models are compared by, and diagnostics;
    ``results/scores.csv`` has all. ``low`` and ``high`` are the 95% interval, the widest that a model's seeds span;
    None where there is none, and for the pairs of more than 24 languages (see ``results/intervals.csv``).
    """
    main = {name: {one.measure for one in aspects_of(board, name)} for name in board.benchmarks}
    rows = (
        [*_names(key), rounded(sum(found) / len(found)), board.queries.get(key), *_ends(board, key)]
        for key, values in board.values.items()
        if _is_shown(key, main[key[1]]) and (found := [value for value in values if value is not None])
    )
    return table([*_COLUMNS, "value", "queries", "low", "high"], rows)


def _is_shown(key: Key, main: set[str]) -> bool:
    _, _, setting, language, pool, measure = key
    return MEAN in (language, pool) or setting == "multilingual" or measure in main or measure in _DIAGNOSTIC


def _ends(board: Board, key: Key) -> tuple[float | None, float | None]:
    _, benchmark, setting, language, _, _ = key
    low, high = board.interval(key)
    if setting == "multilingual" or language == MEAN:
        return rounded(low), rounded(high)
    if len(board.languages[benchmark]) > _MOST:
        return None, None
    return rounded(low, _DIGITS), rounded(high, _DIGITS)


def _names(key: Key) -> tuple[str, ...]:
    row, *rest = key
    return (row.group, *rest)


def _means(board: Board) -> Iterator[Key]:
    return (key for key in board.values if key[3:5] == (MEAN, MEAN))


def seed_table(board: Board) -> Table:
    """Return each seed's macro-averages, of models with several seeds."""
    rows = [
        [key[0].group, key[1], key[2], key[5], int(seed), rounded(value)]
        for key in _means(board)
        if len(board.seeds[key[0]]) > 1
        for seed, value in zip(board.seeds[key[0]], board.values[key], strict=False)
    ]
    return table(["model", "benchmark", "setting", "measure", "seed", "value"], rows)


def over_seeds_table(board: Board) -> Table:
    """Return the 95% intervals of macro-averages over questions and seeds, of models with several seeds."""
    rows = [
        [key[0].group, key[1], key[2], key[5], *map(rounded, board.over_seeds[key])]
        for key in _means(board)
        if key in board.over_seeds
    ]
    return table(["model", "benchmark", "setting", "measure", "low", "high"], rows)
