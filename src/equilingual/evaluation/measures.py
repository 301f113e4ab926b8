"""Measures of one query, from the ranks of its relevant candidates.

Ranks count from 1 over the whole pool; every function takes int [queries, relevant], rows sorted or not, padded with
0 where a query has fewer relevant candidates, and returns float64 [queries]. Definitions: LAReQA (Roy et al. 2020,
arXiv:2004.05484) and arXiv:2408.10536, section 4.
"""

import numpy as np


def average_precision(ranks: np.ndarray) -> np.ndarray:
    """Return AP = (1/R) · Σ i / rank_(i) over the R relevant candidates in the order of their ranks; no cut-off."""
    ordered, present = _sorted(ranks)
    position = np.cumsum(present, axis=1)
    precision = np.divide(position, ordered, out=np.zeros(ordered.shape), where=present)
    return np.asarray(precision.sum(axis=1) / present.sum(axis=1))


def recall_at(ranks: np.ndarray, depth: int) -> np.ndarray:
    """Return the share of the relevant candidates among the first ``depth`` (with one relevant: 1 or 0)."""
    present = ranks > 0
    return np.asarray((present & (ranks <= depth)).sum(axis=1) / present.sum(axis=1))


def reciprocal_rank(ranks: np.ndarray) -> np.ndarray:
    """Return 1 / the rank of the first relevant candidate."""
    best = np.where(ranks > 0, ranks, np.iinfo(np.int64).max).min(axis=1)
    return np.asarray(1.0 / best)


def rank_distance(ranks: np.ndarray) -> np.ndarray:
    """Return the highest rank minus the lowest, over the parallel relevant candidates of a query.

    Huang et al. 2023, as arXiv:2408.10536 uses it (its footnote 6); m languages in perfect order give m - 1.
    """
    present = ranks > 0
    highest = np.where(present, ranks, 0).max(axis=1)
    lowest = np.where(present, ranks, np.iinfo(np.int64).max).min(axis=1)
    return np.asarray((highest - lowest).astype(np.float64))


def _sorted(ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ranks ascending with the padding last, and where they are not padding."""
    ordered = np.sort(np.where(ranks > 0, ranks, np.iinfo(np.int64).max), axis=1)
    return ordered, ordered < np.iinfo(np.int64).max
