"""The scores as the page needs them: one row per model with its seeds put together."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any

from equilingual.catalogues.benchmarks import SETTINGS
from equilingual.evaluation.bootstrap import interval_name
from equilingual.evaluation.identities import Identity, Row, Seen, columns_of, read_identities, read_seen
from equilingual.files import damaged, read_json, read_text
from equilingual.report.formatting import is_number

__all__ = ["KINDS", "MEAN", "NOTHING", "Board", "Figure", "Key", "Row", "read_board", "row_of"]

Place = str | PathLike[str]
MEAN = "mean"
# In the order of the page: base encoder, debiased, merged, fused, with translated queries, lexical, trained. Each has a
# mark of its own.
KINDS = (
    *("none", "centred", "lir", "lsar", "shift", "csls", "center-csls"),
    *("z-score", "round-robin", "rrf", "fused", "translated"),
    *("bm25", "tfidf"),
    *("mono", "cross", "hybrid"),
)


def row_of(model: Identity) -> Row:
    """Return the row that a model belongs to with all its seeds; its kind is one of :data:`KINDS`, or ``other``."""
    return replace(model.row, kind=model.kind if model.kind in KINDS else "other")


@dataclass(frozen=True)
class Figure:
    """One figure: the mean over seeds.

    Attributes:
        seeds: each seed's value, in the order of the file.
        queries: what one seed's value rests on.
        low: the lowest of the seeds' lower ends of the 95% interval; None where there is none.
        high: the highest of the upper ends.
        over_seeds: the ends of the interval over questions and seeds; None unless there are several seeds.

    """

    value: float | None
    seeds: tuple[float, ...] = ()
    queries: int | None = None
    low: float | None = None
    high: float | None = None
    over_seeds: tuple[float, float] | None = None


NOTHING = Figure(None)
Key = tuple[Row, str, str, str, str, str]  # row, benchmark, setting, query language, pool, measure


@dataclass
class Board:
    """All scores, looked up by what they are of.

    Attributes:
        rows: the models: per encoder the base encoder, debiased, then trained (monolingual, cross-lingual, hybrid).
        benchmarks: in the order of the file.
        seeds: of each trained row.
        models: the row and seed behind each model's name in file names.
        bases: what each row's seeds are made of, before anything is done to them, by names in file names.
        scored: the rows of each benchmark.
        asked: setting, query language and pool of each benchmark's figures.
        intervals: the ends of each seed's interval.
        over_seeds: the ends of the interval over questions and seeds, of macro-averages.
        seen: by encoder and benchmark, what of the benchmark's data the encoder was trained on.

    """

    rows: list[Row] = field(default_factory=list)
    benchmarks: list[str] = field(default_factory=list)
    seeds: dict[Row, list[str]] = field(default_factory=dict)
    models: dict[str, tuple[Row, str]] = field(default_factory=dict)
    bases: dict[Row, set[str]] = field(default_factory=dict)
    values: dict[Key, list[float | None]] = field(default_factory=dict)
    queries: dict[Key, int] = field(default_factory=dict)
    languages: dict[str, list[str]] = field(default_factory=dict)
    scored: dict[str, set[Row]] = field(default_factory=dict)
    asked: dict[str, set[tuple[str, str, str]]] = field(default_factory=dict)
    intervals: dict[Key, list[tuple[float, float]]] = field(default_factory=dict)
    over_seeds: dict[Key, tuple[float, float]] = field(default_factory=dict)
    seen: Seen = field(default_factory=dict)

    def figure(
        self, row: Row, benchmark: str, setting: str, measure: str, language: str = MEAN, pool: str = ""
    ) -> Figure:
        """Return a macro-average, one query language's figure among all languages, or in another pool."""
        pool = pool or (MEAN if language == MEAN else "all")
        key = (row, benchmark, setting, language, pool, measure)
        found = tuple(value for value in self.values.get(key, ()) if value is not None)
        if not found:
            return NOTHING
        return Figure(
            sum(found) / len(found), found, self.queries.get(key), *self.interval(key), self.over_seeds.get(key)
        )

    def interval(self, key: Key) -> tuple[float | None, float | None]:
        """Return the lowest and the highest end of the seeds' intervals; None for both where there is none."""
        ends = self.intervals.get(key)
        return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else (None, None)

    def has(self, benchmark: str, setting: str, measure: str) -> bool:
        """Return whether any row has a macro-average of this measure."""
        return any(self.figure(row, benchmark, setting, measure).value is not None for row in self.rows_of(benchmark))

    def settings(self, benchmark: str) -> list[str]:
        """Return the retrieval settings that the benchmark was scored in."""
        found = {setting for setting, _, _ in self.asked.get(benchmark, ())}
        return [setting for setting in SETTINGS if setting in found]

    def is_bitext(self, benchmark: str) -> bool:
        """Return whether sentences were matched with their translations."""
        return self.has(benchmark, "cross-lingual", "accuracy")

    def is_mined(self, benchmark: str) -> bool:
        """Return whether pairs of sentences were mined, which are right or wrong and in no ranking."""
        return self.has(benchmark, "cross-lingual", "precision")

    def pairs(self, benchmark: str) -> list[tuple[str, str]]:
        """Return the languages of queries and of candidates of the cross-lingual figures, sorted."""
        asked = self.asked.get(benchmark, ())
        return sorted((a, b) for setting, a, b in asked if setting == "cross-lingual" and MEAN not in (a, b))

    def pivot(self, benchmark: str) -> str | None:
        """Return the language that is in every pair of the benchmark's languages, if it has several and one is."""
        pairs = self.pairs(benchmark)
        shared = set.intersection(*map(set, pairs)) if len(self.languages.get(benchmark, [])) > 2 and pairs else set()
        return shared.pop() if len(shared) == 1 else None

    def baseline(self, row: Row) -> Row | None:
        """Return the row's base encoder, if it was scored."""
        return next((other for other in self.rows if other.is_base and other.encoder == row.encoder), None)

    def rows_of(self, benchmark: str) -> list[Row]:
        """Return the rows that were scored on a benchmark."""
        scored = self.scored.get(benchmark, ())
        return [row for row in self.rows if row in scored]


def read_board(
    scores: Place, models: Place, intervals: Place | None = None, over_seeds: Mapping[str, Place] | None = None
) -> Board:
    """Return the scores of ``results/scores.csv``, with the intervals of ``results/intervals.csv``.

    ``over_seeds`` are the files of the intervals over questions and seeds, by ``{group}/{benchmark}``.

    Raises:
        DamagedFileError: a file is missing or damaged, or ``models`` does not have a model that was scored.

    """
    board = Board(seen=read_seen(models))
    known = {model.columns: model for model in read_identities(models)}
    for record in csv.DictReader(io.StringIO(read_text(scores), newline="")):
        columns = columns_of(record)
        if columns not in known:
            raise damaged(models, f"it does not have the model of {scores}: {', '.join(map(str, columns))}")
        _add(board, known[columns], record)
    position: dict[str | None, int] = {}
    for row in board.rows:
        for name in (row.encoder, row.variant):
            position.setdefault(name, len(position))
    board.rows.sort(key=lambda row: _order(row, position))
    for record in csv.DictReader(io.StringIO(read_text(intervals) if intervals else "", newline="")):
        ends = (_number(record["low"]), _number(record["high"]))
        columns = columns_of(record)
        if columns in known and ends[0] is not None and ends[1] is not None:
            board.intervals.setdefault(_key(row_of(known[columns]), record), []).append((ends[0], ends[1]))
    _add_over_seeds(board, over_seeds or {})
    return board


def _add_over_seeds(board: Board, files: Mapping[str, Place]) -> None:
    named = {name: read_json(path) for name, path in files.items()}
    for key in board.values:
        row, benchmark, setting, language, pool, measure = key
        found = named.get(f"{row.group}/{benchmark}", {}).get(interval_name(setting, measure))
        if found is not None and (language, pool) == (MEAN, MEAN):
            board.over_seeds[key] = (found["low"], found["high"])


def _add(board: Board, model: Identity, record: Mapping[str, str]) -> None:
    row, benchmark = row_of(model), record["benchmark"]
    if row not in board.seeds:
        board.rows.append(row)
        board.seeds[row] = []
    seed = "" if model.seed is None else str(model.seed)
    if seed and seed not in board.seeds[row]:
        board.seeds[row].append(seed)
    board.models.setdefault(model.name, (row, seed))
    board.bases.setdefault(row, set()).add(model.base)
    languages = board.languages.setdefault(benchmark, [])
    language, pool = record["query_language"], record["pool"]
    for tag in (language, pool):
        if tag not in (MEAN, "all") and tag not in languages:
            languages.append(tag)
    if benchmark not in board.benchmarks:
        board.benchmarks.append(benchmark)
    board.scored.setdefault(benchmark, set()).add(row)
    board.asked.setdefault(benchmark, set()).add((record["setting"], language, pool))
    key = _key(row, record)
    board.values.setdefault(key, []).append(_number(record["value"]))
    queries = _number(record["queries"])
    if queries is not None:
        board.queries.setdefault(key, int(queries))


def _key(row: Row, record: Mapping[str, str]) -> Key:
    names = ("benchmark", "setting", "query_language", "pool", "measure")
    benchmark, setting, language, pool, measure = (record[name] for name in names)
    return (row, benchmark, setting, language, pool, measure)


def _number(text: object) -> float | None:
    try:
        value = float(text)  # type: ignore[arg-type]  # caught below
    except (TypeError, ValueError):
        return None
    return value if is_number(value) else None


def _order(row: Row, position: Mapping[str | None, int]) -> tuple[Any, ...]:
    kind = KINDS.index(row.kind) if row.kind in KINDS else len(KINDS)
    if row.is_base:
        kind = 0  # of lexical systems, too: first as they are, then what is done to them
    alpha = row.alpha or 0.0 if row.kind == "hybrid" else 0.0
    variant = -1 if row.variant is None else position[row.variant]
    return (
        position[row.encoder],
        row.trained,
        row.training_set or "",
        kind,
        -alpha,
        variant,
        row.debias != "none",
        row.debias,
    )
