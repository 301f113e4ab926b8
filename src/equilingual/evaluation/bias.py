"""Language bias from the ranks of parallel relevant candidates.

``by_language`` is int [queries, languages]: the rank of each query's relevant candidate in each language, of several
the first, counted from 1 over one pool of all languages; 0 where it has none. :func:`ranks_by_language` makes it of
``ranks``, int [queries, relevant], 0 for padding. Languages are codes from 0 in an order of the caller's. What a query
does not allow (a gap between languages where there is one) is NaN, never 0: averages leave it out and count the others.
Formulas and sources: ``docs/methods.md``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

_NEVER = np.iinfo(np.int64).max  # the rank of what is padding


@dataclass(frozen=True)
class Concordance:
    """How far queries agree on an order of the languages.

    Attributes:
        w: Kendall's W, from 0 (no order) to 1 (the same order for every query).
        statistic: Friedman's χ², queries × (languages − 1) × W.
        df: its degrees of freedom, languages − 1.
        p: the probability of a statistic as high where no language is preferred.
        queries: those that it rests on: the ones with a rank in every language.

    """

    w: float
    statistic: float
    df: int
    p: float
    queries: int


def ranks_by_language(ranks: np.ndarray, languages: np.ndarray, count: int) -> np.ndarray:
    """Return the lowest rank of each query in each language.

    Args:
        ranks: int [queries, relevant], 0 for padding.
        languages: int [queries, relevant], the code of each candidate's language; -1 for padding.
        count: the number of languages.

    Returns:
        int64 [queries, ``count``], 0 where the query has no relevant candidate in the language.

    """
    lowest = np.full((len(ranks), count), _NEVER)
    for rank, language in zip(ranks.T, languages.T, strict=True):
        rows = np.flatnonzero(rank > 0)
        here = language[rows]
        lowest[rows, here] = np.minimum(lowest[rows, here], rank[rows])
    return np.where(lowest < _NEVER, lowest, 0)


def has_distances(by_language: np.ndarray) -> bool:
    """Return whether any query has answers in two languages: with one, every rank distance is 0 and says nothing."""
    return bool(((by_language > 0).sum(axis=1) > 1).any())


def rank_distance(by_language: np.ndarray) -> np.ndarray:
    """Return the highest rank minus the lowest, over the parallel relevant candidates of a query, float64 [queries].

    Huang et al. 2023, as arXiv:2408.10536 uses it (its footnote 6). Of m among N candidates a perfect order gives
    m - 1, a random one (N + 1)(m - 1) / (m + 1) on average.
    """
    lowest, highest = _extremes(by_language)
    return np.asarray((highest - lowest).astype(np.float64))


def normalised_rank_distance(by_language: np.ndarray, candidates: int | np.ndarray) -> np.ndarray:
    """Return the rank distance on a scale from 0 (m ranks in a row) to 1 (the first and the last of the pool).

    (distance - (m - 1)) / ((N - 1) - (m - 1)), float64 [queries], of m languages; ``candidates`` is N, of all queries
    or int [queries]. NaN where N is m: the distance then says nothing.
    """
    least = (by_language > 0).sum(axis=1) - 1
    room = np.broadcast_to(np.asarray(candidates) - 1 - least, least.shape)
    nothing = np.full(least.shape, np.nan)
    return np.asarray(np.divide(rank_distance(by_language) - least, room, out=nothing, where=room > 0))


def log_rank_distance(by_language: np.ndarray) -> np.ndarray:
    """Return log2 of the highest rank minus log2 of the lowest, float64 [queries]: 1 and 2 count as 500 and 1000 do."""
    lowest, highest = _extremes(by_language)
    return np.asarray(np.log2(highest) - np.log2(lowest))


def max_rank(by_language: np.ndarray) -> np.ndarray:
    """Return Max@R, the rank down to which one has to read for an answer in every language, float64 [queries].

    Hong et al. 2026, arXiv:2604.05684. Unlike the rank distance it is not low where all of them stand far down.
    """
    return np.asarray(_extremes(by_language)[1].astype(np.float64))


def complete_at(by_language: np.ndarray, depth: int) -> np.ndarray:
    """Return 1 where every language's answer is among the first ``depth``, else 0, float64 [queries] (Complete@k)."""
    return np.asarray((_extremes(by_language)[1] <= depth).astype(np.float64))


def same_language_gap(by_language: np.ndarray, query_languages: np.ndarray) -> np.ndarray:
    """Return how many times lower, in powers of two, the candidate in the query's language ranks than the others.

    The mean of log2 rank over the other languages minus log2 rank in the query's own: above 0 where the own language
    is preferred. float64 [queries]; NaN where the query has no relevant candidate in its own language or in no other.
    """
    own, others = _own_and_others(by_language, query_languages)
    logs = np.log2(np.maximum(by_language, 1))
    count = others.sum(axis=1)
    mean = np.where(others, logs, 0).sum(axis=1) / np.maximum(count, 1)
    return np.where((own > 0) & (count > 0), mean - np.log2(np.maximum(own, 1)), np.nan)


def language_preference(by_language: np.ndarray, query_languages: np.ndarray) -> np.ndarray:
    """Return 1 where the relevant candidate in the query's language ranks before all others, else 0.

    Its mean is the language preference rate (LPR: MLAIRE, arXiv:2605.07249); without bias it is 1/m with m languages.
    float64 [queries]; NaN where the query has no relevant candidate in its own language or in no other.
    """
    own, others = _own_and_others(by_language, query_languages)
    best_other = np.where(others, by_language, _NEVER).min(axis=1)
    return np.where((own > 0) & others.any(axis=1), (own < best_other).astype(np.float64), np.nan)


def concordance(by_language: np.ndarray) -> Concordance:
    """Return Kendall's W and Friedman's test over the languages' ranks.

    Each query ranks the languages; equal ranks (of different pools) share their mean, and the statistic is corrected
    for them. Only queries that have a rank in every column are counted: where questions exist in some languages only
    (MLQA-R: four at most), pass the columns of the languages to compare. Without such a query, or with fewer than two
    languages, ``w``, ``statistic`` and ``p`` are NaN. The test takes queries for independent: one question asked in
    several languages is not several, so pass one query language at a time or the mean rank of each question.
    """
    from scipy.special import chdtrc

    full = by_language[(by_language > 0).all(axis=1)]
    queries, languages = full.shape
    if not queries or languages < 2:
        return Concordance(np.nan, np.nan, max(languages - 1, 0), np.nan, queries)
    # Twice the mean rank, from its mean on: whole numbers, whose sums are exact.
    centred = np.stack(
        [(full < column).sum(axis=1) - (full > column).sum(axis=1) for column in full.T[:, :, None]], axis=1
    )
    spread = float((centred.astype(np.float64) ** 2).sum())
    between = float((centred.sum(axis=0).astype(np.float64) ** 2).sum())
    w = between / (queries * spread) if spread else 0.0
    statistic = queries * (languages - 1) * w
    return Concordance(w, statistic, languages - 1, float(chdtrc(languages - 1, statistic)), queries)


def median_ranks(by_language: np.ndarray, query_languages: np.ndarray) -> np.ndarray:
    """Return the median rank by query language (row) and candidate language (column), float64 [languages, languages].

    NaN where no query of the language has a relevant candidate in the other.
    """
    count = by_language.shape[1]
    medians = np.full((count, count), np.nan)
    for asked in range(count):
        rows = by_language[query_languages == asked]
        for found in range(count):
            ranks = rows[:, found]
            if (ranks > 0).any():
                medians[asked, found] = np.median(ranks[ranks > 0])
    return medians


def peer(
    ranks: np.ndarray,
    relevance: np.ndarray,
    languages: np.ndarray,
    *,
    depth: int,
    weights: Mapping[int, float],
    top_languages: np.ndarray | None = None,
) -> np.ndarray:
    """Return PEER, the probability of equal expected rank (Yang et al. 2024, arXiv:2405.00978), float64 [queries].

    For each level of relevance, the p of a Kruskal-Wallis test of the ranks grouped by language; PEER is their
    weighted sum: 1 is fair. The ranks are places in the list, as in the authors' code; relevant candidates that are
    not among the first ``depth`` share the mean of the places after it. (The authors' code puts them after as many
    places as the level has candidates, which may be before those that were found.) A level with candidates in fewer
    than two languages, or with none among the first ``depth``, has p = 1.

    With one relevant candidate in each of m languages the statistic is m - 1 whatever their ranks, so the p of that
    level says nothing: use it where languages have several.

    Args:
        ranks: int [queries, relevant], 0 for padding.
        relevance: int [queries, relevant], from 1 on.
        languages: int [queries, relevant], the code of each candidate's language.
        depth: the list's length X of PEER@X.
        weights: of the levels of relevance; they sum to 1. Level 0 is all that is not relevant.
        top_languages: int [queries, ``depth`` or more], the language of each candidate of the top lists, -1 for
            padding; needed for level 0 alone.

    Raises:
        ValueError: the weights do not sum to 1, or level 0 is weighted without lists of ``depth`` candidates.

    """
    if not np.isclose(sum(weights.values()), 1):
        raise ValueError(f"PEER's weights sum to {sum(weights.values())}, not to 1: {dict(weights)}")
    values = np.zeros(len(ranks))
    for level, weight in weights.items():
        if level:
            places, groups = _level(ranks, np.where(relevance == level, languages, -1), depth)
        else:
            places, groups = _not_relevant(ranks, top_languages, depth)
        values += weight * kruskal_wallis(places, groups)[1]
    return values


def _level(ranks: np.ndarray, groups: np.ndarray, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of one level's candidates, those not found sharing theirs, and ``groups``, -1 for others."""
    groups = np.where(ranks > 0, groups, -1)
    lost = (groups >= 0) & (ranks > depth)
    shared = depth + (lost.sum(axis=1, keepdims=True) + 1) / 2
    return np.where(lost, shared, ranks), groups


def _not_relevant(ranks: np.ndarray, top_languages: np.ndarray | None, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the places 1 to ``depth`` and the languages of what is there, -1 for relevant candidates."""
    if top_languages is None or top_languages.shape[1] < depth:
        found = "no lists" if top_languages is None else f"lists of {top_languages.shape[1]}"
        raise ValueError(f"level 0 of PEER@{depth} needs the languages of the first {depth} candidates; found {found}")
    groups = top_languages[:, :depth].copy()
    rows, columns = np.nonzero((ranks > 0) & (ranks <= depth))
    groups[rows, ranks[rows, columns] - 1] = -1
    return np.broadcast_to(np.arange(1.0, depth + 1), groups.shape), groups


def kruskal_wallis(values: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the statistic H and its p of each row's ``values``, float64 [rows] both.

    H = (n - 1) · Σ n_g (mean_g - mean)² / Σ (value - mean)², and p is of χ² with as many degrees of freedom as groups
    less one. On ranks from 1 to n, ties sharing their mean, it is Kruskal and Wallis's H with the correction for ties.

    Args:
        values: [rows, values].
        groups: int [rows, values], codes from 0; -1 for what does not count.

    Returns:
        H, NaN where a row has fewer than two groups or equal values alone, and p, 1 there.

    """
    from scipy.special import chdtrc

    counted = groups >= 0
    width = int(groups.max(initial=0)) + 1
    cells = (groups + width * np.arange(len(groups))[:, None])[counted]
    size = len(groups) * width
    sizes = np.bincount(cells, minlength=size).reshape(len(groups), width)
    total = sizes.sum(axis=1)
    mean = np.where(counted, values, 0).sum(axis=1) / np.maximum(total, 1)
    away = np.where(counted, values - mean[:, None], 0.0)
    sums = np.bincount(cells, weights=away[counted], minlength=size).reshape(len(groups), width)
    between = (sums**2 / np.maximum(sizes, 1)).sum(axis=1)
    within = (away**2).sum(axis=1)
    degrees = (sizes > 0).sum(axis=1) - 1
    tested = (degrees > 0) & (within > 0)
    h = np.divide((total - 1) * between, within, out=np.full(len(groups), np.nan), where=tested)
    return h, chdtrc(np.maximum(degrees, 1), np.where(tested, h, 0.0))


def _extremes(ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest rank of each query, int64 [queries]."""
    return np.where(ranks > 0, ranks, _NEVER).min(axis=1), ranks.max(axis=1)


def _own_and_others(by_language: np.ndarray, query_languages: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rank in the query's language, int [queries], 0 without, and where other languages have one."""
    mine = np.arange(by_language.shape[1]) == np.asarray(query_languages)[:, None]
    return np.where(mine, by_language, 0).sum(axis=1), (by_language > 0) & ~mine
