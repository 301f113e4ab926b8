"""Scores of several lists, or of several systems, made one: functions of blocks of scores.

A block is float32 [queries, candidates]; its descending order, ties by column, is the ranking. ``-inf``
marks a candidate that is left out: it counts for nothing and stays ``-inf``. Candidates' languages are int
[candidates].
The order within one language is never changed, so these methods change multilingual retrieval only.
"""

from collections.abc import Iterator

import numpy as np

# Cormack, Clarke and Büttcher 2009, "Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning
# Methods", SIGIR.
RECIPROCAL_K = 60


def standardize_languages(scores: np.ndarray, languages: np.ndarray) -> np.ndarray:
    """Return the z-score of each candidate among its language's, for each query: (s - mean) / standard deviation.

    Where a language's candidates all score alike, theirs is 0. Rounding to float32 may tie scores that differ in their
    last bits.

    Args:
        scores: float32 [queries, candidates].
        languages: int [candidates].

    Returns:
        float32 [queries, candidates].

    """
    result = np.empty(scores.shape, dtype=np.float32)
    for members in _lists(languages):
        part = scores[:, members].astype(np.float64)
        there = part > -np.inf
        count = np.maximum(there.sum(axis=1, keepdims=True), 1)
        centred = part - np.where(there, part, 0).sum(axis=1, keepdims=True) / count
        deviation = np.sqrt((np.where(there, centred, 0) ** 2).sum(axis=1, keepdims=True) / count)
        least = np.where(there, part, np.inf).min(axis=1, keepdims=True)
        varies = (part.max(axis=1, keepdims=True) > least) & there
        result[:, members] = np.divide(centred, deviation, out=np.where(there, 0.0, -np.inf), where=varies)
    return result


def round_robin(scores: np.ndarray, languages: np.ndarray) -> np.ndarray:
    """Return the order that takes each language's best candidate, then each one's second, and so on.

    Within a round, candidates go by their scores; a language without more candidates is passed over.

    Args:
        scores: float32 [queries, candidates].
        languages: int [candidates].

    Returns:
        float32 [queries, candidates], less one than the candidate before: 0, -1, -2, … exact up to 16 million.

    """
    order = np.argsort(-scores, axis=1, kind="stable")
    rounds = np.take_along_axis(ranks_within(scores, languages), order, axis=1)
    merged = np.take_along_axis(order, np.argsort(rounds, axis=1, kind="stable"), axis=1)
    result = np.empty(scores.shape, dtype=np.float32)
    np.put_along_axis(result, merged, -np.arange(scores.shape[1], dtype=np.float32)[None], axis=1)
    return np.where(scores > -np.inf, result, -np.inf).astype(np.float32)


def merge_reciprocal_ranks(scores: np.ndarray, languages: np.ndarray, k: int = RECIPROCAL_K) -> np.ndarray:
    """Return 1 / (k + rank of the candidate among its language's): reciprocal-rank fusion of the languages' lists.

    Every candidate is in one list, so the order is that of :func:`round_robin`, but within a round candidates tie.

    Args:
        scores: float32 [queries, candidates].
        languages: int [candidates].
        k: what softens the first ranks.

    Returns:
        float32 [queries, candidates].

    """
    reciprocal = 1 / (k + ranks_within(scores, languages))
    return np.where(scores > -np.inf, reciprocal, -np.inf).astype(np.float32)


def fuse_reciprocal_ranks(dense: np.ndarray, lexical: np.ndarray, k: int = RECIPROCAL_K) -> np.ndarray:
    """Return the sum over two systems of 1 / (k + rank of the candidate).

    A lexical system does not find what shares no word with the query, and scores it 0: such a candidate is not in its
    list and gets nothing from it.

    Args:
        dense: float32 [queries, candidates], the cosines of an encoder.
        lexical: float32 [queries, candidates], the scores of BM25 or TF-IDF, 0 where nothing is found.
        k: what softens the first ranks.

    Returns:
        float32 [queries, candidates].

    """
    one_list = np.zeros(dense.shape[1], dtype=np.int64)
    found = np.where(lexical > 0, 1 / (k + ranks_within(lexical, one_list)), 0)
    fused = 1 / (k + ranks_within(dense, one_list)) + found
    return np.where(dense > -np.inf, fused, -np.inf).astype(np.float32)


def fuse_scores(dense: np.ndarray, lexical: np.ndarray, weight: float = 0.5) -> np.ndarray:
    """Return ``weight`` x dense + (1 - ``weight``) x lexical scores, each scaled to 0 … 1 for each query.

    Bruch, Gai and Ingber 2023, "An Analysis of Fusion Functions for Hybrid Retrieval", arXiv:2210.11934. Scores that
    are all alike scale to 0.

    Args:
        dense: float32 [queries, candidates].
        lexical: float32 [queries, candidates].
        weight: of the dense scores, from 0 to 1.

    Returns:
        float32 [queries, candidates].

    """
    there = (dense > -np.inf) & (lexical > -np.inf)
    fused = weight * _scaled(dense, there) + (1 - weight) * _scaled(lexical, there)
    return np.where(there, fused, -np.inf).astype(np.float32)


def ranks_within(scores: np.ndarray, languages: np.ndarray) -> np.ndarray:
    """Return int64 [queries, candidates]: the rank of each candidate among its language's, from 1, ties by column."""
    ranks = np.empty(scores.shape, dtype=np.int64)
    for members in _lists(languages):
        order = np.argsort(-scores[:, members], axis=1, kind="stable")
        places = np.empty_like(order)
        np.put_along_axis(places, order, np.arange(1, len(members) + 1)[None], axis=1)
        ranks[:, members] = places
    return ranks


def _lists(languages: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the columns of each language's candidates, ascending."""
    for language in np.unique(languages):
        yield np.flatnonzero(languages == language)


def _scaled(scores: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return float64 [queries, candidates] from 0 (the lowest score) to 1 (the best)."""
    values = scores.astype(np.float64)
    least = np.where(there, values, np.inf).min(axis=1, keepdims=True)
    spread = np.where(there, values, -np.inf).max(axis=1, keepdims=True) - least
    scaled: np.ndarray = np.divide(values - least, spread, out=np.zeros_like(values), where=there & (spread > 0))
    return scaled
