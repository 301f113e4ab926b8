"""Benchmarks: the official files of each, read into the same tables."""

from equilingual.evaluation.benchmarks.build import build_benchmark, files_by_role
from equilingual.evaluation.benchmarks.tables import BenchmarkError

__all__ = ["BenchmarkError", "build_benchmark", "files_by_role"]
