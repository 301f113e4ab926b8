"""What a reader of bitext is given, and the sentences that it yields."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import NamedTuple

from equilingual.catalogues.corpora import FORMATS
from equilingual.corpora.errors import FilePath
from equilingual.corpora.lines import LONGEST
from equilingual.corpora.pairs import Place

ALONE = "in one language only"


class Sentence(NamedTuple):
    """One sentence in several languages, as a reader yields it.

    ``name`` tells it from the others of its files; ``texts`` are in the order of the source's languages, empty where a
    language lacks it.
    """

    place: Place
    name: str
    texts: Sequence[str]


@dataclass(frozen=True)
class BitextSource:
    """Aligned files of some languages, as a reader is given them.

    Attributes:
        name: what tells these files from others of the corpus: ``de-en``; empty where each language has a file.
        languages: BCP-47 tags, at least two.
        files: one for each language, or files that have all of them, read one after the other.
        score_column: the column of a TSV file that has a score, from 1; ``None``: it has none.
        min_score: sentences with a lower one are dropped.
        longest: the most bytes of a line or a unit.
        dropped: counts of what is not read, by reason; readers add to it.

    """

    name: str
    languages: tuple[str, ...]
    files: tuple[FilePath, ...]
    score_column: int | None = None
    min_score: float | None = None
    longest: int = LONGEST
    dropped: Counter[str] = field(default_factory=Counter)


def read_sentences(source: BitextSource, file_format: str) -> Iterator[Sentence]:
    """Yield the sentences of a source that exist in two languages or more, in the order of its files.

    Raises:
        CorpusError: a file is malformed.

    """
    row = FORMATS[file_format]
    sentences: Iterable[Sentence] = import_module(f"equilingual.corpora.formats.{row.module}").read(source, row)
    for sentence in sentences:
        if sum(map(bool, sentence.texts)) < 2:
            source.dropped[ALONE] += 1
            continue
        yield sentence
