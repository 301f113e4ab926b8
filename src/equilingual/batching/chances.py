"""What the audits of batches have in common: the test of what was drawn, and the words of what is wrong."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

Shares = Mapping[str, Mapping[str, float]]  # query language to passage language to its probability

# One honest plan in a million fails a test by chance.
LEAST_P = 1e-6
_MOST_EXACT = 20_000  # draws: time grows with their square, 0.2 s for so many
_LEAST_EXPECTED = 5  # the usual rule for a chi-squared test: rarer cells are put together


def share_matrix(shares: Shares, names: Sequence[str]) -> np.ndarray:
    """Return probabilities by query and passage language as float64 [languages, languages]; 0 where one is missing."""
    return np.array([[shares.get(query, {}).get(passage, 0.0) for passage in names] for query in names])


def chi_squared(counts: np.ndarray, shares: np.ndarray) -> dict[str, float | int | None]:
    """Return Pearson's test of counts against probabilities, with nothing in it where too little was drawn."""
    from scipy.stats import chisquare

    expected = shares * counts.sum()
    common = expected >= _LEAST_EXPECTED
    rare = (shares > 0) & ~common
    observed, wanted = counts[common].tolist(), expected[common].tolist()
    if rare.any():
        observed, wanted = [*observed, counts[rare].sum()], [*wanted, expected[rare].sum()]
        if wanted[-1] < _LEAST_EXPECTED and len(wanted) > 1:  # to the next cell, so that both sides add up
            observed[-2:], wanted[-2:] = [sum(observed[-2:])], [sum(wanted[-2:])]
    if len(observed) < 2 or counts[shares == 0].any():
        return {"chi2": None, "freedom": None, "p": None}
    test = chisquare(observed, wanted)
    return {"chi2": float(test.statistic), "freedom": len(observed) - 1, "p": float(test.pvalue)}


def count_p(successes: int, chances: np.ndarray) -> float:
    """Return p of a number of successes in independent draws: twice the smaller tail, at most 1.

    Args:
        successes: their number.
        chances: float64 [draws], of each draw. Of very many draws the tails are those of the normal distribution.

    """
    from scipy.stats import norm, poisson_binom

    if len(chances) <= _MOST_EXACT:
        number = poisson_binom(chances)
        return min(1.0, 2 * float(min(number.cdf(successes), number.sf(successes - 1))))
    spread = float(np.sqrt((chances * (1 - chances)).sum()))
    away = abs(successes - float(chances.sum()))
    return float(2 * norm.sf(away / spread)) if spread else float(away < 0.5)


def counted_problems(found: Mapping[str, Any], said: Mapping[str, str]) -> Iterator[str]:
    """Yield the words of every count above 0."""
    yield from (f"{found[what]} {problem}" for what, problem in said.items() if found.get(what))


def sampling_problems(test: Mapping[str, Any] | None, what: str, how: str = "as configured") -> Iterator[str]:
    """Yield that something is not sampled as it should be, if a result of :func:`chi_squared` shows it."""
    p = (test or {}).get("p")
    if p is not None and p < LEAST_P:
        yield f"{what} are not sampled {how} (chi-squared, p = {p:.1e})"
