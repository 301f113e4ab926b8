"""A part of a training set, drawn by hash: the same pairs whatever the languages, and less is a part of more."""

import numpy as np

from equilingual.batching.errors import BatchError


def draw_pairs(ids: np.ndarray, kept: np.ndarray, count: int) -> np.ndarray:
    """Return bool [pairs]: the pairs that are kept and drawn.

    Args:
        ids: uint64 [pairs], hashes of the pairs' ids.
        kept: bool [pairs].
        count: how many are drawn: those of the lowest hashes.

    Raises:
        BatchError: fewer are kept.

    """
    drawn, there = np.zeros(len(kept), dtype=bool), np.flatnonzero(kept)
    _check_count("pairs", count, len(there))
    drawn[there[np.argsort(ids[there], kind="stable")[:count]]] = True
    return drawn


def draw_questions(ids: np.ndarray, kept: np.ndarray, count: int, questions: np.ndarray) -> np.ndarray:
    """Return bool [pairs]: the pairs that are kept and whose question is drawn.

    Args:
        ids: uint64 [pairs], hashes of the pairs' ids.
        kept: bool [pairs].
        count: how many questions are drawn: those whose pairs have the lowest hashes.
        questions: uint64 [pairs], equal for pairs of one question.

    Raises:
        BatchError: there are fewer.

    """
    drawn, there = np.zeros(len(kept), dtype=bool), np.flatnonzero(kept)
    # A question's hash is the least of its pairs', which does not depend on the language that it is written in.
    order = there[np.argsort(ids[there], kind="stable")]
    _, first, question = np.unique(questions[order], return_index=True, return_inverse=True)
    _check_count("questions", count, len(first))
    chosen = np.zeros(len(first), dtype=bool)
    chosen[np.argsort(first)[:count]] = True
    drawn[order[chosen[question]]] = True
    return drawn


def _check_count(name: str, asked: int, there: int) -> None:
    if asked > there:
        raise BatchError(f"{asked} {name} are asked for, but the training set has {there}: lower its {name!r}")
