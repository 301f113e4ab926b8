"""Language bias from top lists: what each language is shown, and whether a question's language changes the list.

``tops`` is int [queries, depth], rows of the candidates, best first, no candidate twice, padded at the end with -1.
Languages are codes from 0 in an order of the caller's. Formulas and sources: ``docs/methods.md``.
"""

from itertools import combinations

import numpy as np

_BLOCK = 2**24  # places of candidates in lists that are held at once: 64 MB


def language_shares(
    tops: np.ndarray, candidate_languages: np.ndarray, count: int, depth: int, *, discounted: bool = False
) -> np.ndarray:
    """Return each language's fraction of the first ``depth`` ranks of each list.

    Args:
        tops: int [queries, at least ``depth``].
        candidate_languages: int [candidates], the code of each candidate's language.
        count: the number of languages.
        depth: the number of ranks counted.
        discounted: rank i counts 1 / log2(i + 1), its exposure, instead of 1.

    Returns:
        float64 [queries, ``count``], rows that sum to 1; NaN for an empty list.

    Raises:
        ValueError: the lists are shorter than ``depth``.

    """
    if not 1 <= depth <= tops.shape[1]:
        raise ValueError(f"the first {depth} of lists of {tops.shape[1]} were asked for")
    shown = tops[:, :depth]
    weights = 1 / np.log2(np.arange(depth) + 2) if discounted else np.ones(depth)
    present = shown >= 0
    cells = (candidate_languages[shown] + count * np.arange(len(shown))[:, None])[present]
    counted = np.broadcast_to(weights, shown.shape)[present]
    sums = np.bincount(cells, weights=counted, minlength=len(shown) * count).reshape(len(shown), count)
    total = sums.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(sums, total, out=np.full(sums.shape, np.nan), where=total > 0))


def kl_divergence(shares: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return Kullback and Leibler's divergence of ``shares`` from ``expected`` in bits, float64 [...].

    Σ share · log2(share / expected) over the last axis, where both have the languages: 0 for equal shares, infinite
    where something is shown that was not expected. A list of few places is far from any pool's shares by chance
    alone: compare the mean shares of many queries, and not the mean of their divergences.
    """
    shares, expected = np.broadcast_arrays(shares, expected)
    shown = ~(shares <= 0)  # NaN stays
    with np.errstate(divide="ignore"):
        ratios = np.log2(np.where(shown, shares, 1)) - np.log2(np.where(shown, expected, 1))
    return np.asarray(np.where(shown, shares * ratios, 0.0).sum(axis=-1))


def jensen_shannon(shares: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return Jensen and Shannon's divergence in bits, from 0 to 1, over the last axis, float64 [...]."""
    middle = (shares + expected) / 2
    divergence: np.ndarray = (kl_divergence(shares, middle) + kl_divergence(expected, middle)) / 2
    return divergence


def awrf(
    tops: np.ndarray, candidate_languages: np.ndarray, count: int, depth: int, *, target: np.ndarray | None = None
) -> np.ndarray:
    """Return attention-weighted rank fairness, 1 - JSD(exposure of the languages ‖ target), float64 [queries].

    Sapiezynski et al. 2019 with the divergence of TREC's Fair Ranking tracks: 1 is fair. ``target`` is float
    [languages] or [queries, languages], rows that sum to 1; by default every language's share is the same. NaN for an
    empty list.
    The other arguments and the errors are those of :func:`language_shares`.
    """
    exposure = language_shares(tops, candidate_languages, count, depth, discounted=True)
    wanted = np.full(count, 1 / count) if target is None else np.asarray(target, dtype=np.float64)
    return 1 - jensen_shannon(exposure, wanted)


def rank_biased_overlap(first: np.ndarray, second: np.ndarray, *, p: float = 0.9) -> np.ndarray:
    """Return RBO_EXT of each two lists, from 0 to 1, float64 [queries] (Webber et al. 2010, equation 32).

    Lists may be of different lengths; NaN where one is empty. ``p`` is the probability of reading on after a rank: at
    0.9 the first ten ranks have 86% of the weight.

    Raises:
        ValueError: ``p`` is not between 0 and 1.

    """
    width = max(first.shape[1], second.shape[1])
    lists = np.full((len(first), 2, width), -1, dtype=np.int64)
    lists[:, 0, : first.shape[1]] = first
    lists[:, 1, : second.shape[1]] = second
    return _overlaps(lists, p)[:, 0]


def overlap_between_languages(
    tops: np.ndarray, questions: np.ndarray, query_languages: np.ndarray, count: int, *, p: float = 0.9
) -> np.ndarray:
    """Return the rank-biased overlap between the lists of one question in two languages.

    Args:
        tops: int [queries, depth].
        questions: int [queries], the number of each query's question, from 0.
        query_languages: int [queries], the language of each query.
        count: the number of languages.
        p: as in :func:`rank_biased_overlap`.

    Returns:
        float64 [questions, pairs of languages], the pairs in the order of ``itertools.combinations(range(count), 2)``;
        NaN where a question lacks a query in one of them. The mean of the columns' means is that of all languages.

    Memory beside the result: 64 MB, or one question's lists by languages if these are more.

    Raises:
        ValueError: a question is asked twice in one language, or ``p`` is not between 0 and 1.

    """
    total = int(questions.max(initial=-1)) + 1
    query = np.full((total, count), -1, dtype=np.int64)
    query[questions, query_languages] = np.arange(len(tops))
    if (query >= 0).sum() < len(tops):
        again = np.flatnonzero(query[questions, query_languages] != np.arange(len(tops)))[0]
        raise ValueError(f"question {questions[again]} is asked twice in language {query_languages[again]}")
    depth = tops.shape[1]
    block = max(1, _BLOCK // max(1, count * count * depth))
    values = np.empty((total, count * (count - 1) // 2))
    for start in range(0, total, block):
        rows = query[start : start + block]
        lists = np.where(rows[:, :, None] >= 0, tops[rows], -1)
        values[start : start + block] = _overlaps(lists, p)
    return values


def _overlaps(lists: np.ndarray, p: float) -> np.ndarray:
    """Return RBO_EXT of every two lists of each row; ``lists`` is int [rows, lists, depth], the result [rows, pairs].

    A candidate that both lists have, at places i and j, is in the overlap from depth m = max(i, j) on, so the sums
    over depths become sums over the shared candidates. With C(m) = Σ p^d / d for d up to m, lengths s ≤ l and
    a = (1 - p) / p it adds a (C(l) - C(m - 1)) + p^l / l, and if m ≤ s also what equation 32 extrapolates from the
    shorter list.
    """
    if not 0 < p < 1:
        raise ValueError(f"rank-biased overlap needs a p between 0 and 1; found {p}")
    rows, width, depth = lists.shape
    items, places = _places(lists)
    lengths = (lists >= 0).sum(axis=2)
    a = (1 - p) / p
    depths = np.arange(1, depth + 1)
    below = np.concatenate([[0.0], np.cumsum(p**depths / depths)])  # C
    # What is in one list only stands at place `depth`, from 0, and adds nothing.
    skipped = np.append(a * below[:depth], 0.0)
    values = np.empty((rows, width * (width - 1) // 2))
    for pair, (left, right) in enumerate(combinations(range(width), 2)):
        later = np.maximum(places[right, items[:, left]], np.arange(depth, dtype=np.int32))
        short, long = np.sort(lengths[:, [left, right]], axis=1).T
        whole = np.maximum(long, 1)
        every = (later < depth).sum(axis=1) * (a * below[long] + p**whole / whole)
        extra = (later < short[:, None]).sum(axis=1) * _extrapolated(short, long, p, below)
        values[:, pair] = np.where(short > 0, every - skipped[later].sum(axis=1) + extra, np.nan)
    return values


def _extrapolated(short: np.ndarray, long: np.ndarray, p: float, below: np.ndarray) -> np.ndarray:
    """Return what each candidate shared by the depth of the shorter list adds beyond it; 0 for lists of one length."""
    s, length = np.maximum(short, 1), np.maximum(long, 1)
    geometric = (p ** (s + 1) - p ** (length + 1)) / (1 - p)
    sums = geometric / s - (below[length] - below[s])
    return np.asarray((1 - p) / p * sums + (1 / s - 1 / length) * p**length)


def _places(lists: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a number for each (row, candidate) and where it stands in each list.

    Returns:
        int [rows, lists, depth], the numbers, and int32 [lists, numbers], the place from 0, ``depth`` where the list of
        that row has it not; padding has the last number, which no list has.

    """
    rows, width, depth = lists.shape
    keys = lists + (int(lists.max(initial=0)) + 1) * np.arange(rows)[:, None, None]
    present = lists >= 0
    numbers, found = np.unique(keys[present], return_inverse=True)
    items = np.full(lists.shape, len(numbers), dtype=np.int64)
    items[present] = found
    places = np.full((width, len(numbers) + 1), depth, dtype=np.int32)
    _, which, place = np.nonzero(present)
    places[which, found] = place
    return items, places
