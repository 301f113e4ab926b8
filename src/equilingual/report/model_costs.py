"""What each model cost to make, and what a search with it needs: one row for all seeds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from equilingual.catalogues.debiasing import METHODS
from equilingual.catalogues.merging import MERGES
from equilingual.report.board import Board, Row
from equilingual.report.formatting import format_count
from equilingual.report.header import duration

Record = Mapping[str, Any]
_MERGED = "a search in each language; the lists are merged"
_OTHERS = {"fused": "a lexical search for each query, too", "translated": "a translation of each query"}


_AS_BASE = "as the base encoder"
_AS_TRAINED, _AS_MODEL = "as the trained model", "as the model that it is applied to"
_UNKNOWN, _NONE = "not measured", "none"
_MANY = 1_000_000  # texts
_FLOAT32 = 4  # bytes of a number of a vector in the index
_FEWEST_TEXTS = 1000  # for a rate: of fewer, most of the time is that of loading the network


@dataclass(frozen=True)
class ModelCost:
    """A model; numbers as text, and ``none`` or ``not measured`` where there is no number.

    Attributes:
        training: the time of a seed's training.
        memory: the largest of a training, on the processor's side.
        size: of its weights in memory, as they are stored.
        parameters: their number; empty where it is not known.
        encoded_by: what encodes for it, ``as the base encoder``; empty where it encodes by itself, as the next three
            say; its network is the same then.
        rate: texts of the benchmarks per second.
        million: the time for a million texts at that rate.
        vector: the size of a vector.
        dimensions: of a vector; empty where they are not known.
        serving: what a search needs that one with the base encoder does not.

    """

    label: str
    training: str
    memory: str
    size: str
    parameters: str
    encoded_by: str
    rate: str
    million: str
    vector: str
    dimensions: str
    serving: str


def model_costs(board: Board, costs: Mapping[str, Record], encodings: Mapping[str, Record]) -> list[ModelCost]:
    """Return every model of the page in its order; nothing where no cost of a model is known.

    A step after encoding that several models take, such as a debiasing, has one row for all of them, after the models:
    its cost is not theirs.

    Args:
        board: the scores.
        costs: by model, what :func:`equilingual.runs.model_costs` found.
        encodings: counts of encoded texts, by ``{model}/{benchmark}``.

    """
    names = {row: [name for name, (own, _) in board.models.items() if own == row] for row in board.rows}
    if not any(name in costs for own in names.values() for name in own):
        return []
    shared = _shared_steps(board)
    own = [row for row in board.rows if row.is_lexical or row.debias not in shared]
    members = {row: [(name, costs.get(name, {})) for name in names[row]] for row in own}
    models = [_cost(row, members[row], encodings) for row in own]
    same = _as_their_encoder(board, own, dict(zip(own, models, strict=True)))
    for place, row in enumerate(own):
        if row in same:
            models[place] = replace(models[place], encoded_by=_AS_BASE)
        elif trained := [one for one in same if one.encoder == row.encoder and row.is_base]:
            # The speed is that of the network, whatever its weights: one figure, of all that it encoded.
            rate = _rate([member for one in [row, *trained] for member in members[one]], encodings)
            per_second, million = _speed(rate)
            models[place] = replace(models[place], rate=per_second, million=million)
    return models + [_step(row) for row in shared.values()]


def _as_their_encoder(board: Board, rows: Sequence[Row], costs: Mapping[Row, ModelCost]) -> list[Row]:
    """Return the trained models that encode as their base encoder does, and give vectors of the same size."""
    bases = {row: base for row in rows if row.trained and row.debias == "none" and (base := board.baseline(row))}
    return [row for row, base in bases.items() if base in costs and _are_alike(costs[row], costs[base])]


def _are_alike(first: ModelCost, second: ModelCost) -> bool:
    return first.vector == second.vector != _UNKNOWN and first.parameters == second.parameters


def _shared_steps(board: Board) -> dict[str, Row]:
    """Return the steps that several models take, each with its row on a base encoder."""
    taken = Counter(row.debias for row in board.rows if not row.is_lexical and row.debias != "none")
    untrained = {row.debias: row for row in reversed(board.rows) if not row.is_lexical and not row.trained}
    return {step: untrained[step] for step, count in taken.items() if count > 1 and step in untrained}


def _step(row: Row) -> ModelCost:
    return ModelCost(row.short, _AS_MODEL, _AS_MODEL, "", "", _AS_MODEL, "", "", "", "", serving_of(row))


def _cost(row: Row, members: Sequence[tuple[str, Record]], encodings: Mapping[str, Record]) -> ModelCost:
    rate = _rate(members, encodings)
    dimensions = next((cost["dimensions"] for _, cost in members if "dimensions" in cost), None)
    return ModelCost(
        row.label,
        *_training(row, members),
        *_size(members),
        _encoded_by(row),
        *_speed(rate),
        f"{format_count(dimensions * _FLOAT32)} bytes" if dimensions else _UNKNOWN,
        f"{format_count(dimensions)} dimensions" if dimensions else "",
        serving_of(row),
    )


def _speed(rate: float | None) -> tuple[str, str]:
    """Return the texts per second and the time for a million."""
    if not rate:
        return _UNKNOWN, _UNKNOWN
    return format_count(round(rate)) if rate >= 1 else f"{rate:.2g}", duration(_MANY / rate)


def _training(row: Row, members: Sequence[tuple[str, Record]]) -> tuple[str, str]:
    """Return the time and the memory of a seed's training."""
    if not row.trained:
        return _NONE, _NONE
    if row.debias != "none":
        return (_AS_TRAINED,) * 2
    trainings = [cost["training"] for _, cost in members if "training" in cost]
    seconds = sum(one["seconds"] for one in trainings) / max(len(trainings), 1)
    memory = max((one["memory_mb"] for one in trainings), default=0.0)
    return duration(seconds) if seconds else _UNKNOWN, f"{memory / 1000:.1f} GB" if memory else _UNKNOWN


def _size(members: Sequence[tuple[str, Record]]) -> tuple[str, str]:
    """Return the size of the weights, and how many there are."""
    known = next((cost for _, cost in members if "weight_bytes" in cost), None)
    if known is None:
        return _UNKNOWN, ""
    megabytes, millions = known["weight_bytes"] / 1e6, known["parameters"] / 1e6
    size = f"{format_count(round(megabytes)) if megabytes >= 10 else f'{megabytes:.1f}'} MB"
    return size, f"{format_count(round(millions)) if millions >= 10 else f'{millions:.1f}'}M parameters"


def _encoded_by(row: Row) -> str:
    if row.is_lexical:
        return "none: words are indexed"
    if row.debias == "none":
        return ""
    return _AS_TRAINED if row.trained else _AS_BASE


def _rate(members: Sequence[tuple[str, Record]], encodings: Mapping[str, Record]) -> float | None:
    """Return the texts per second over all benchmarks and seeds.

    None where no time is known, or too few texts were encoded: most of the time was that of loading the network.
    """
    jobs = [
        (f"{name}/{benchmark}", seconds)
        for name, cost in members
        for benchmark, seconds in cost.get("encoding", {}).items()
    ]
    known = [(encodings[place], seconds) for place, seconds in jobs if place in encodings and seconds]
    texts = sum(counts[side]["texts"] for counts, _ in known for side in ("queries", "candidates"))
    return texts / sum(seconds for _, seconds in known) if texts >= _FEWEST_TEXTS else None


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
    return method.serving if method else _OTHERS.get(kind, "not known")
