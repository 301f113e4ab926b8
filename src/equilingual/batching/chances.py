"""The test of what was drawn against how probable it was."""

import numpy as np

# One honest plan in a million fails a test by chance.
LEAST_P = 1e-6
_LEAST_EXPECTED = 5  # the usual rule for a chi-squared test: rarer cells are put together


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
