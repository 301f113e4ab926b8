"""Index, search, rank and debias embeddings."""

from equilingual.retrieval.debias import DebiasError, debias_embeddings
from equilingual.retrieval.indexes import build_indexes, search_indexes
from equilingual.retrieval.tables import read_tables
from equilingual.retrieval.trec import read_run, write_qrels

__all__ = [
    "DebiasError",
    "build_indexes",
    "debias_embeddings",
    "read_run",
    "read_tables",
    "search_indexes",
    "write_qrels",
]
