"""What audits read, count and test: rows, repetitions, language pairs, and counts against probabilities."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equilingual.batching.plans import BITEXT
from equilingual.batching.reader import BatchReader

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


def count_repeats(values: np.ndarray) -> int:
    """Return how many values of each row are repetitions of another one of it."""
    ordered = np.sort(values, axis=1)
    return int((ordered[:, 1:] == ordered[:, :-1]).sum())


def count_pairs(queries: np.ndarray, passages: np.ndarray, languages: int) -> np.ndarray:
    """Return int64 [languages, languages], how often each query and passage language come together."""
    together = queries.ravel().astype(np.int64) * languages + passages.ravel()
    return np.bincount(together, minlength=languages**2).reshape(languages, languages)


def rows_of(reader: BatchReader, *, bitext: bool) -> Iterator[pa.Table]:
    """Yield the rows of the bitext batches or of the others, in order, a row group at a time."""
    for table in reader.row_groups():
        chosen = pc.equal(table["mode"], BITEXT)
        yield table.filter(chosen if bitext else pc.invert(chosen))
