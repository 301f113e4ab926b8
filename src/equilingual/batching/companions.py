"""Companions: texts beside the rows of a batch that terms of the loss compare them with.

A ``companion`` is the row's question in another language, drawn uniformly from those that the pair exists in. A
``pivot`` is the question and the passage of the row's pair in one language, the same for all rows. A row whose pair
lacks the language has none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from equilingual.batching.pairs import ParallelPairs
from equilingual.batching.plans import Plan
from equilingual.config.batch_settings import CompanionSettings

QUESTION, PIVOT = "companion", "pivot"
# Behind the others where companions are asked for; null for a row without one.
COMPANION_FIELDS: Mapping[str, list[pa.Field]] = {
    QUESTION: [pa.field("companion_query", pa.string()), pa.field("companion_language", pa.string())],
    PIVOT: [pa.field("pivot_query", pa.string()), pa.field("pivot_passage", pa.string())],
}
# The side in the scratch files: behind all hard negatives.
FIRST_SIDE = 2**14
_SIDES = {
    QUESTION: [(FIRST_SIDE, "question")],
    PIVOT: [(FIRST_SIDE + 1, "question"), (FIRST_SIDE + 2, "passage")],
}


class Beside(NamedTuple):
    """Texts of one language that a plan's companions are: rows of the plan, and of the language's files."""

    side: int
    column: str
    places: np.ndarray
    rows: np.ndarray


def with_companions(
    pairs: ParallelPairs, plan: Plan, asked: CompanionSettings | None, rng: np.random.Generator
) -> Plan:
    """Return a plan with the languages of the companions that are asked for; ``None`` asks for none."""
    found: dict[str, np.ndarray] = {}
    if asked is None:
        return plan
    if asked.question:
        found[QUESTION] = _other_languages(pairs, plan, rng)
    if asked.pivot is not None:
        language = pairs.languages.index(asked.pivot)
        there = pairs.available[:, language][plan.pairs]
        found[PIVOT] = np.where(there, language, -1).astype(np.int16)
    return replace(plan, companions=found)


def _other_languages(pairs: ParallelPairs, plan: Plan, rng: np.random.Generator) -> np.ndarray:
    """Return int16 [batches, batch_size]: a language of each row's pair other than the query's; -1 for none."""
    drawn = np.empty(plan.pairs.shape, dtype=np.int16)
    for batch, (members, spoken) in enumerate(zip(plan.pairs, plan.query_languages, strict=True)):
        others = pairs.available[members]
        others[np.arange(len(members)), spoken] = False
        counts = others.sum(axis=1)
        nth = rng.integers(np.maximum(counts, 1)) + 1
        # The n-th of a row's languages is where the n-th True stands.
        chosen = (np.cumsum(others, axis=1) == nth[:, None]).argmax(axis=1)
        drawn[batch] = np.where(counts > 0, chosen, -1)
    return drawn


def companion_texts(pairs: ParallelPairs, plan: Plan, number: int) -> Iterator[Beside]:
    """Yield what the companions of a plan are in one language."""
    for name, languages in plan.companions.items():
        places = np.flatnonzero(languages.ravel() == number)
        rows = pairs.rows[:, number][plan.pairs.ravel()[places]]
        yield from (Beside(side, column, places, rows) for side, column in _SIDES[name])


def companion_columns(
    pairs: ParallelPairs, plan: Plan, first: int, last: int, texts: pa.Table
) -> Iterator[pa.Array | pa.ChunkedArray]:
    """Yield the columns of some batches, in the order of :func:`companion_fields`.

    Args:
        pairs: the training set.
        plan: its batches.
        first: the first batch.
        last: the last batch + 1.
        texts: what :func:`companion_texts` asks for: ``side``, ``place`` and ``text``, in any order.

    """
    size = plan.pairs.shape[1]
    sides, places = (texts[name].to_numpy() for name in ("side", "place"))
    names = pa.array([*pairs.languages, None], pa.string())
    for name, languages in plan.companions.items():
        for side, _ in _SIDES[name]:
            own = np.flatnonzero(sides == side)
            at = np.full((last - first) * size, -1)
            at[places[own] - first * size] = own
            yield texts["text"].take(pa.array(at, mask=at < 0))
        if name == QUESTION:
            yield names.take(pa.array(languages[first:last].ravel() % len(names)))  # -1 is the last name, null


def companion_fields(plan: Plan) -> list[pa.Field]:
    """Return the fields of a plan's companions."""
    return [field for name in plan.companions for field in COMPANION_FIELDS[name]]


def companion_summary(plan: Plan, asked: CompanionSettings | None) -> dict[str, Any]:
    """Return what the manifest says: what was asked for, and how many rows have each companion and lack it.

    It says nothing where none were asked for.
    """
    if asked is None:
        return {}
    rows = {name: int((languages >= 0).sum()) for name, languages in plan.companions.items()}
    without = {name: plan.pairs.size - count for name, count in rows.items()}
    return {"companions": {"asked": asked.model_dump(), "rows": rows, "without": without}}
