"""Decide which pairs and languages meet in a batch, and write the batches down."""

from equilingual.batching.errors import BatchError
from equilingual.batching.lint import lint_batches
from equilingual.batching.reader import BatchReader
from equilingual.batching.shards import build_batches

__all__ = ["BatchError", "BatchReader", "build_batches", "lint_batches"]
