"""What each model cost to make, and what a search with it needs: one row for all seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from equilingual.catalogues.debiasing import METHODS
from equilingual.catalogues.merging import MERGES
from equilingual.report.board import Board, Row
from equilingual.report.formatting import format_count
from equilingual.report.header import duration

Record = Mapping[str, Any]
_MERGED = "a search in each language; the lists are merged"
_OTHERS = {"fused": "a lexical search for each query, too", "translated": "a translation of each query"}


@dataclass(frozen=True)
class ModelCost:
    """A model; numbers as text, a dash for what was not measured or does not apply.

    Attributes:
        training: the time of a seed's training.
        memory: the largest of a training, on the processor's side.
        encoding: texts of the benchmarks per second.
        serving: what a search needs that one with the base encoder does not.

    """

    label: str
    training: str
    memory: str
    encoding: str
    serving: str


def model_costs(board: Board, costs: Mapping[str, Record], encodings: Mapping[str, Record]) -> list[ModelCost]:
    """Return every model of the page in its order; nothing where no cost of a model is known.

    Args:
        board: the scores.
        costs: by model, what :func:`equilingual.runs.model_costs` found.
        encodings: counts of encoded texts, by ``{model}/{benchmark}``.

    """
    names = {row: [name for name, (own, _) in board.models.items() if own == row] for row in board.rows}
    if not any(name in costs for own in names.values() for name in own):
        return []
    return [_cost(row, [(name, costs.get(name, {})) for name in names[row]], encodings) for row in board.rows]


def _cost(row: Row, members: Sequence[tuple[str, Record]], encodings: Mapping[str, Record]) -> ModelCost:
    trainings = [cost["training"] for _, cost in members if "training" in cost]
    seconds = sum(one["seconds"] for one in trainings) / max(len(trainings), 1)
    memory = max((one["memory_mb"] for one in trainings), default=0.0)
    return ModelCost(
        row.label,
        duration(seconds) if seconds else "–",
        f"{memory / 1000:.1f} GB" if memory else "–",
        _rate(members, encodings),
        serving_of(row),
    )


def _rate(members: Sequence[tuple[str, Record]], encodings: Mapping[str, Record]) -> str:
    """Return the texts per second over all benchmarks and seeds."""
    jobs = [
        (f"{name}/{benchmark}", seconds)
        for name, cost in members
        for benchmark, seconds in cost.get("encoding", {}).items()
    ]
    known = [(encodings[place], seconds) for place, seconds in jobs if place in encodings and seconds]
    texts = sum(counts[side]["texts"] for counts, _ in known for side in ("queries", "candidates"))
    return format_count(round(texts / sum(seconds for _, seconds in known))) if known else "–"


def serving_of(row: Row) -> str:
    """Return what a search with a model needs that one with its base encoder does not."""
    if row.is_lexical:
        return "an index of words in place of an encoder"
    if row.debias == "none":
        return "nothing"
    return "; ".join(_need(name, row.kind) for name in row.debias.split("+"))


def _need(name: str, kind: str) -> str:
    """Return what one step after encoding needs; ``kind`` is the model's, for steps that are no debiasing."""
    if name in MERGES:
        return _MERGED
    method = METHODS.get(name.partition("-")[0])  # "-pool" and a rank may follow its name
    return method.serving if method else _OTHERS.get(kind, "–")
