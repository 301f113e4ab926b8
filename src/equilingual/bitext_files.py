"""The files of the bitext that batches are made of: what the stages that read its sentences are given.

A table of sentences has a row per sentence: its name in the corpus (:data:`ID`), and a column per language, null where
the language lacks it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Self

import pyarrow as pa

ID = "sentence"  # no language has this tag; Indonesian's is id
FilePath = str | PathLike[str]


@dataclass(frozen=True)
class BitextFiles:
    """The sentences of some corpora, and which of them are left out.

    Attributes:
        sentences: by corpus, the table of ``read_bitext``.
        overlaps: by corpus, the list of ``check_bitext``, whose sentences are left out.

    """

    sentences: Mapping[str, FilePath]
    overlaps: Mapping[str, FilePath]

    @classmethod
    def of(cls, corpora: Sequence[str], sentences: Sequence[FilePath], overlaps: Sequence[FilePath]) -> Self | None:
        """Return the files of some corpora, in their order; ``None`` where there are none."""
        if not corpora:
            return None
        return cls(dict(zip(corpora, sentences, strict=True)), dict(zip(corpora, overlaps, strict=True)))


def sentence_schema(languages: Sequence[str]) -> pa.Schema:
    """Return the columns of a table of sentences."""
    return pa.schema([(name, pa.string()) for name in (ID, *languages)])
