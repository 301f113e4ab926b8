"""The audit of batches that are mixed by pair: the share of monolingual pairs, and the languages of both kinds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from equilingual.batching.chances import LEAST_P, Shares, chi_squared, count_p, share_matrix


def audit_mixing(monolingual: np.ndarray, alpha: np.ndarray) -> dict[str, float]:
    """Return the fraction of monolingual pairs, the mean α, the 95% interval of the fraction, and two tests.

    Args:
        monolingual: bool [batches, batch_size], whether each pair is in one language.
        alpha: float64 [batches], how probable that was.

    ``p`` is that of the number of monolingual ``pairs``. ``whole`` counts batches whose pairs are all of one kind, and
    ``whole_p`` says how probable so many are: α may be met by whole batches, which are not mixed. The interval is
    Clopper and Pearson's. Where α changes, the number of pairs is a sum of unequal draws, and tested as such.
    """
    from scipy.stats import binom, binomtest

    batches, size = monolingual.shape
    pairs, mean = int(monolingual.sum()), float(alpha.mean())
    result = binomtest(pairs, batches * size, min(1.0, mean))
    low, high = result.proportion_ci(0.95)
    p = float(result.pvalue)
    if np.ptp(alpha):
        p = count_p(pairs, np.repeat(alpha, size))
    whole = int((monolingual == monolingual[:, :1]).all(axis=1).sum())
    # Unequal chances spread less than equal ones of their mean (Hoeffding 1956): a small p is never too small.
    chance = float((alpha**size + (1 - alpha) ** size).mean())
    found = {"share": pairs / monolingual.size, "alpha": mean, "low": float(low), "high": float(high)}
    return found | {"pairs": pairs, "p": p, "whole": whole, "whole_p": float(binom.sf(whole - 1, batches, chance))}


def pair_tests(
    names: Sequence[str], expected: Shares, queries: np.ndarray, passages: np.ndarray
) -> dict[str, dict[str, float | int | None]]:
    """Return, for each kind of pair, the chi-squared test of its languages.

    Args:
        names: the languages.
        expected: query language to passage language to its probability, of both kinds together.
        queries: int16 [batches, batch_size], positions in ``names``.
        passages: the same.

    """
    shares = share_matrix(expected, names)
    counts = np.zeros_like(shares, dtype=np.int64)
    np.add.at(counts, (queries.ravel(), passages.ravel()), 1)
    same = np.eye(len(names), dtype=bool)
    tests = {}
    for kind, cells in (("monolingual pairs", same), ("cross-lingual pairs", ~same)):
        own = np.where(cells, shares, 0)
        if own.any():
            drawn = np.where(cells, counts, 0)
            tests[kind] = {"draws": int(drawn.sum()), **chi_squared(drawn, own / own.sum())}
    return tests


def mixing_problems(found: Mapping[str, Any]) -> Iterable[str]:
    """Yield what is wrong with the shares of :func:`audit_mixing`."""
    if found["p"] < LEAST_P:
        yield f"{found['share']:.4f} of the pairs are monolingual, alpha is {found['alpha']:g} (p = {found['p']:.1e})"
    if found["whole_p"] < LEAST_P:
        yield f"{found['whole']} batches have pairs of one kind only: they are not mixed by pair"
