"""The formats of corpora.

One is a module here with a function ``read``, and a row in ``equilingual.catalogues.corpora``.
A format with a row for each question is a row of the table alone: ``columns`` reads it.
"""

from collections.abc import Iterator
from importlib import import_module

from equilingual.catalogues.corpora import FORMATS
from equilingual.corpora.pairs import CorpusSource, Pair


def read_pairs(source: CorpusSource, file_format: str) -> Iterator[Pair]:
    """Return the QA pairs of a source in a format, one of :data:`FORMATS`, in the order of its files."""
    row = FORMATS[file_format]
    pairs: Iterator[Pair] = import_module(f"equilingual.corpora.formats.{row.module}").read(source, row)
    return pairs
