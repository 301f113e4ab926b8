"""Decide which pairs and languages meet in a batch, and write the batches down."""

from equilingual.batching.audit import audit_batches
from equilingual.batching.errors import BatchError
from equilingual.batching.reader import BatchReader
from equilingual.batching.shards import build_batches

__all__ = ["BatchError", "BatchReader", "audit_batches", "build_batches"]
