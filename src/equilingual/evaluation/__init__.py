"""Build benchmarks, rank, score, and say how sure the figures are."""

from equilingual.evaluation.benchmarks import BenchmarkError, build_benchmark, files_by_role
from equilingual.evaluation.bootstrap import bootstrap_intervals
from equilingual.evaluation.examples import collect_examples
from equilingual.evaluation.ranks import rank_relevant, relevant_ranks
from equilingual.evaluation.scores import collect_scores, score_model

__all__ = [
    "BenchmarkError",
    "bootstrap_intervals",
    "build_benchmark",
    "collect_examples",
    "collect_scores",
    "files_by_role",
    "rank_relevant",
    "relevant_ranks",
    "score_model",
]
