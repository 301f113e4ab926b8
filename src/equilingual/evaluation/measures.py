"""Measures of one query, from the ranks of its relevant candidates.

Ranks count from 1 over the whole pool; every function takes int [queries, relevant], rows sorted or not, padded with
0 where a query has fewer relevant candidates, and returns float64 [queries]. A query has at least one relevant
candidate. Definitions: LAReQA (Roy et al. 2020, arXiv:2004.05484), arXiv:2408.10536, section 4, and trec_eval, with
which they agree. Language bias has its own modules, :mod:`~equilingual.evaluation.bias` and
:mod:`~equilingual.evaluation.exposure`; accuracy on parallel texts is recall at 1.
"""

import numpy as np

OTHER_LANGUAGE = 0.5  # Lang-nDCG's gain of an answer in another language than the query's

_NEVER = np.iinfo(np.int64).max  # the rank of what is padding


def average_precision(ranks: np.ndarray) -> np.ndarray:
    """Return AP = (1/R) · Σ i / rank_(i) over the R relevant candidates in the order of their ranks; no cut-off."""
    ordered, present = _sorted(ranks)
    return np.asarray(_precisions(ordered, present).sum(axis=1) / present.sum(axis=1))


def average_precision_at(ranks: np.ndarray, depth: int) -> np.ndarray:
    """Return AP of the first ``depth``: the sum over relevant candidates among them, divided by min(R, ``depth``).

    XTREME-R's mAP@20 (Ruder et al. 2021, arXiv:2104.07412) divides so, and a perfect order has 1; trec_eval's
    ``map_cut`` divides by R, which is the same where R is not above ``depth``.
    """
    ordered, present = _sorted(ranks)
    found = _precisions(ordered, present & (ordered <= depth)).sum(axis=1)
    return np.asarray(found / np.minimum(present.sum(axis=1), depth))


def recall_at(ranks: np.ndarray, depth: int) -> np.ndarray:
    """Return the fraction of the relevant candidates among the first ``depth`` (with one relevant: 1 or 0)."""
    present = ranks > 0
    return np.asarray((present & (ranks <= depth)).sum(axis=1) / present.sum(axis=1))


def reciprocal_rank(ranks: np.ndarray) -> np.ndarray:
    """Return 1 / the rank of the first relevant candidate."""
    best = np.where(ranks > 0, ranks, _NEVER).min(axis=1)
    return np.asarray(1.0 / best)


def ndcg_at(ranks: np.ndarray, relevance: np.ndarray, depth: int) -> np.ndarray:
    """Return nDCG of the first ``depth``, with the relevance itself as the gain, as trec_eval's ``ndcg_cut`` has it.

    Args:
        ranks: int [queries, relevant].
        relevance: int [queries, relevant], above 0 where there is a rank, 0 for padding.
        depth: the cut-off, of the ranking and of the ideal order (relevance descending).

    DCG = Σ relevance / log2(rank + 1) (Järvelin and Kekäläinen 2002, in the form of Burges et al. 2005).

    """
    gain = np.where((ranks > 0) & (ranks <= depth), relevance, 0)
    found = (gain / np.log2(np.maximum(ranks, 1) + 1)).sum(axis=1)
    ideal = -np.sort(-np.where(ranks > 0, relevance, 0), axis=1)[:, :depth]
    return np.asarray(found / (ideal / np.log2(np.arange(ideal.shape[1]) + 2)).sum(axis=1))


def lang_ndcg_at(
    ranks: np.ndarray, relevance: np.ndarray, own: np.ndarray, depth: int, *, other: float = OTHER_LANGUAGE
) -> np.ndarray:
    """Return nDCG of the first ``depth`` with gains that depend on the language (Lang-nDCG).

    The gain is the relevance in the query's language, and ``other`` times as much in any other. The ideal order is by
    gain: with answers of one relevance, that in the query's language first. The arguments are those of
    :func:`ndcg_at`; ``own`` is bool [queries, relevant], whether a candidate is in the query's language.
    """
    return ndcg_at(ranks, relevance * np.where(own, 1.0, other), depth)


def lang_ndcg_of_even_mix(answers: int, depth: int, *, other: float = OTHER_LANGUAGE) -> float:
    """Return the expected Lang-nDCG where answers in ``answers`` languages come first, in a random order of languages.

    Each of the places is then worth the mean gain, (1 + (m - 1) · ``other``) / m.
    """
    if answers < 1:
        return 0.0
    discounts = 1 / np.log2(np.arange(min(answers, depth)) + 2)
    gains = np.where(np.arange(len(discounts)) == 0, 1.0, other)
    mean = (1 + (answers - 1) * other) / answers
    return float(mean * discounts.sum() / (gains * discounts).sum())


def _sorted(ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ranks ascending with the padding last, and where they are not padding."""
    ordered = np.sort(np.where(ranks > 0, ranks, _NEVER), axis=1)
    return ordered, ordered < _NEVER


def _precisions(ordered: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Return i / rank_(i) where ``counted``, the first columns of each row, else 0."""
    position = np.cumsum(counted, axis=1)
    precisions: np.ndarray = np.divide(position, ordered, out=np.zeros(ordered.shape), where=counted)
    return precisions
