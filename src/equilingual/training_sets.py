"""The files of a training set: what the stages that read its QA pairs are given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Self

from equilingual.numbering import CorpusFiles, group_files


@dataclass(frozen=True)
class TrainingSetFiles:
    """The canonical pairs of a training set, and which of them are used.

    Attributes:
        name: the training set.
        languages: BCP-47 tags.
        files: corpus to language to a Parquet file of canonical pairs.
        min_languages: minimum number of languages a pair must exist in; ``None``: all.
        pairs: how many of the pairs that are left are used, drawn by their ids; ``None``: all.
        questions: how many distinct questions are, with all of their pairs; ``None``: all.
        duplicates: the list of ``find_duplicates``, whose pairs are left out; ``None``: none is.

    """

    name: str
    languages: Sequence[str]
    files: CorpusFiles
    min_languages: int | None = None
    pairs: int | None = None
    questions: int | None = None
    duplicates: str | PathLike[str] | None = None

    @classmethod
    def of(
        cls,
        name: str,
        files: Iterable[str | PathLike[str]],
        *,
        corpora: Sequence[str],
        languages: Sequence[str],
        min_languages: int | None = None,
        pairs: int | None = None,
        questions: int | None = None,
        duplicates: str | PathLike[str] | None = None,
    ) -> Self:
        """Return a training set, given its files in a row: the languages of one corpus together."""
        by_corpus = group_files(files, corpora, languages)
        return cls(name, tuple(languages), by_corpus, min_languages, pairs, questions, duplicates)
