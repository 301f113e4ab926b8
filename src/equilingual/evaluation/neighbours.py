"""The graph of nearest neighbours: which queries and candidates find each other, and which candidates are hubs.

Rows are of the benchmark's tables; -1 is padding. Formulas and sources: ``docs/methods.md``.
"""

import numpy as np

from equilingual.embeddings import let_go

_QUERIES, _CANDIDATES = 4096, 4096  # that are multiplied at once: 64 MB of scores


def mutual_neighbours(
    queries: np.ndarray, candidates: np.ndarray, first: np.ndarray, relevant: np.ndarray, own: np.ndarray
) -> np.ndarray:
    """Return whether each query and its nearest candidate find each other, bool [queries].

    They do if no other query is nearer to the candidate, or if the nearest query is one that the candidate answers, as
    it answers this one: a passage with the answers to two questions is the nearest neighbour of both.

    Args:
        queries: float32 [queries, dimensions]. Nearness is the inner product, by which the model ranks.
        candidates: float32 [candidates, dimensions], of the whole benchmark. Only rows of ``first`` are read.
        first: int64 [queries], the row of each query's nearest candidate.
        relevant: int64 [queries, relevant], the rows of the candidates that answer it.
        own: int64 [queries, texts], the rows that are left out for a query because they are the query itself.

    """
    wanted, place = np.unique(first, return_inverse=True)
    highest = np.full(len(wanted), -np.inf, dtype=np.float32)
    nearest = np.zeros(len(wanted), dtype=np.int64)
    reached = np.empty(len(queries), dtype=np.float32)  # the score of each query with its nearest candidate
    for top in range(0, len(wanted), _CANDIDATES):
        some = slice(top, min(top + _CANDIDATES, len(wanted)))
        vectors = np.asarray(candidates[wanted[some]])
        let_go(candidates)
        for left in range(0, len(queries), _QUERIES):
            scores = vectors @ np.asarray(queries[left : left + _QUERIES]).T  # so that a candidate's are side by side
            asked = np.arange(left, left + scores.shape[1])
            _leave_out(scores, own[asked], wanted[some])
            here = asked[(place[asked] >= some.start) & (place[asked] < some.stop)]
            reached[here] = scores[place[here] - top, here - left]
            best = scores.argmax(axis=1)
            values = scores[np.arange(len(scores)), best]
            better = np.flatnonzero(values > highest[some])
            highest[top + better], nearest[top + better] = values[better], best[better] + left
    answers = (relevant == first[:, None]).any(axis=1)
    answers_nearest = (relevant[nearest] == wanted[:, None]).any(axis=1)
    return np.asarray((reached >= highest[place]) | (answers & answers_nearest[place]))


def _leave_out(scores: np.ndarray, own: np.ndarray, candidates: np.ndarray) -> None:
    """Set the scores of queries with themselves to minus infinity.

    ``scores`` are float32 [candidates, queries], ``candidates`` the ascending rows of the former.
    """
    found = np.minimum(np.searchsorted(candidates, own), len(candidates) - 1)
    query, text = np.nonzero(candidates[found] == own)
    scores[found[query, text], query] = -np.inf


def times_listed(tops: np.ndarray, count: int, depth: int) -> np.ndarray:
    """Return N_k, in how many queries' first ``depth`` results each of ``count`` candidates is, int64 [candidates].

    ``tops`` is int [queries, at least ``depth``], best first.
    """
    shown = tops[:, :depth]
    return np.bincount(shown[shown >= 0], minlength=count)


def skewness(values: np.ndarray) -> float:
    """Return the third standardised moment, Σ (x - mean)³ / n / σ³; NaN where all values are the same."""
    away = values - values.mean()
    deviation = float(np.sqrt((away**2).mean()))
    return float((away**3).mean()) / deviation**3 if deviation else float("nan")
