"""Build benchmarks, rank candidates, score models, and estimate how certain the scores are."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from equilingual.evaluation.benchmarks import BenchmarkError, build_benchmark, files_by_role
    from equilingual.evaluation.blocks import rank_block
    from equilingual.evaluation.bootstrap import bootstrap_intervals
    from equilingual.evaluation.comparisons import ComparisonError, collect_comparisons, compare_models
    from equilingual.evaluation.examples import collect_examples
    from equilingual.evaluation.mining import mine_bitext
    from equilingual.evaluation.ranks import rank_candidates
    from equilingual.evaluation.scores import collect_scores, score_model, score_seeds

# Imported when they are used: whoever reads the table of measures needs none of them, nor numpy.
_MODULES = {
    "BenchmarkError": "benchmarks",
    "ComparisonError": "comparisons",
    "bootstrap_intervals": "bootstrap",
    "build_benchmark": "benchmarks",
    "collect_comparisons": "comparisons",
    "collect_examples": "examples",
    "collect_scores": "scores",
    "compare_models": "comparisons",
    "files_by_role": "benchmarks",
    "mine_bitext": "mining",
    "rank_block": "blocks",
    "rank_candidates": "ranks",
    "score_model": "scores",
    "score_seeds": "scores",
}

__all__ = [
    "BenchmarkError",
    "ComparisonError",
    "bootstrap_intervals",
    "build_benchmark",
    "collect_comparisons",
    "collect_examples",
    "collect_scores",
    "compare_models",
    "files_by_role",
    "mine_bitext",
    "rank_block",
    "rank_candidates",
    "score_model",
    "score_seeds",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
