"""The paired permutation test against scipy's: ``python benchmarks/significance.py [comparisons [permutations]]``.

1,190 questions (as XQuAD-R has) × 100,000 draws × 20 comparisons by default; the target is 30 seconds. scipy tests two
of the comparisons in the same run, in blocks of draws that bound its memory; the ratio is of seconds per comparison.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from equilingual.evaluation.significance import permutation_p  # noqa: E402 (the path comes first)
from equilingual.seeding import generator  # noqa: E402

QUESTIONS = 1190
THEIRS = 2  # comparisons that scipy tests


def main(arguments: list[str]) -> None:
    """Print the seconds, the peak memory and the ratio."""
    comparisons = int(arguments[0]) if arguments else 20
    permutations = int(arguments[1]) if len(arguments) > 1 else 100_000
    differences = np.random.default_rng(1).normal(0.02, 0.4, size=(QUESTIONS, comparisons))
    before = _peak()
    start, worked = time.perf_counter(), time.process_time()
    ours = permutation_p(differences, permutations=permutations, rng=generator(1, "benchmark"))
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    peak = _peak() - before
    start = time.perf_counter()
    theirs = [scipy_p(column, permutations) for column in differences.T[:THEIRS]]
    scipy_seconds = (time.perf_counter() - start) / len(theirs)
    found = {
        "questions": QUESTIONS,
        "permutations": permutations,
        "comparisons": comparisons,
        "seconds": round(seconds, 2),
        "processor_seconds": round(worked, 2),
        "peak_mb_more": peak,
        "scipy_seconds_per_comparison": round(scipy_seconds, 2),
        "ratio": round(scipy_seconds / (seconds / comparisons), 1),
        "largest_difference_of_p": float(np.abs(ours[: len(theirs)] - theirs).max()),
    }
    print(json.dumps(found))  # noqa: T201 (its output)


def scipy_p(differences: np.ndarray, permutations: int) -> float:
    """Return p of scipy's paired permutation test of the mean difference."""
    from scipy import stats

    result = stats.permutation_test(
        (differences, np.zeros(len(differences))),
        lambda one, other, axis: np.mean(one - other, axis=axis),
        permutation_type="samples",
        n_resamples=permutations,
        vectorized=True,
        batch=2000,
        rng=1,
    )
    return float(result.pvalue)


def _peak() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main(sys.argv[1:])
