"""Index, search and debias embeddings."""

from equilingual.retrieval.debias import DebiasError, debias_embeddings
from equilingual.retrieval.embeddings import EmbeddingsError, read_embeddings
from equilingual.retrieval.indexes import build_indexes, read_vectors, search_indexes
from equilingual.retrieval.trec import read_run, write_qrels

__all__ = [
    "DebiasError",
    "EmbeddingsError",
    "build_indexes",
    "debias_embeddings",
    "read_embeddings",
    "read_run",
    "read_vectors",
    "search_indexes",
    "write_qrels",
]
