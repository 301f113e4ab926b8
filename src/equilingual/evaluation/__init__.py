"""Build benchmarks, rank, score, and say how sure the figures are."""

from equilingual.evaluation.benchmarks import BenchmarkError, build_benchmark, files_by_role
from equilingual.evaluation.bootstrap import bootstrap_intervals
from equilingual.evaluation.comparisons import ComparisonError, collect_comparisons, compare_models
from equilingual.evaluation.examples import collect_examples
from equilingual.evaluation.mining import mine_bitext
from equilingual.evaluation.ranks import rank_candidates
from equilingual.evaluation.scores import collect_scores, score_model

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
    "rank_candidates",
    "score_model",
]
