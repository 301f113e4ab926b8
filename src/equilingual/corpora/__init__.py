"""Read any QA source into the canonical table, and check it against the benchmarks."""

from equilingual.corpora.canonical import NEGATIVES_FIELD, PAIR_SCHEMA, read_corpus
from equilingual.corpora.errors import CorpusError
from equilingual.corpora.overlap import OverlapError, check_overlap
from equilingual.corpora.writing import write_no_pairs

__all__ = [
    "NEGATIVES_FIELD",
    "PAIR_SCHEMA",
    "CorpusError",
    "OverlapError",
    "check_overlap",
    "read_corpus",
    "write_no_pairs",
]
