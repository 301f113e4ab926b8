"""What a reader is given, and the QA pairs that it yields."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from equilingual.corpora.errors import CorpusError, FilePath
from equilingual.corpora.ids import normalize_id
from equilingual.corpora.lines import LONGEST
from equilingual.messages import shown
from equilingual.texts import broken_character

_OWN, _AGAIN = "the pair's own passage", "the same one twice"


class Place(NamedTuple):
    """Where something stands: the file, and the line, row or entry in it (may be empty)."""

    path: FilePath
    spot: str = ""


class Pair(NamedTuple):
    """One QA pair of one language, as a reader yields it.

    ``negatives`` are passages that do not answer the question; an element is ``None`` where its text is missing in
    this language, so that a position means the same passage in every language.
    """

    place: Place
    pair_id: str
    passage_id: str
    question: str
    passage: str
    negatives: Sequence[str | None] = ()


@dataclass(frozen=True)
class CorpusSource:
    """One language of a corpus, as a reader is given it.

    Attributes:
        files: the files of each role, in order; one-file formats have the role ``file``.
        language: the BCP-47 tag of the language to read.
        scratch: a folder for what a reader keeps on disk while it reads.
        needs_ids: whether a row without an id of its own is an error.
        columns: where the fields of a pair stand, over the format's own names; ``None`` for nowhere.
        where: values that a row must have to be read.
        negatives: the most hard negatives of a pair.
        drop_empty: drop (and count) a row without a text, instead of refusing the file.
        pivot: SQuAD only: the language whose file has the role ``pivot``.
        longest: the most bytes of a line, an entry of an array or a field.
        dropped: counts of what is not read, by reason; readers add to it.
        dropped_negatives: the same of hard negatives of the pairs that are read, once for each pair.

    """

    files: Mapping[str, Sequence[FilePath]]
    language: str
    scratch: Path = Path()
    needs_ids: bool = False
    columns: Mapping[str, str | None] = field(default_factory=dict)
    where: Mapping[str, object] = field(default_factory=dict)
    negatives: int = 8
    drop_empty: bool = False
    pivot: str | None = None
    longest: int = LONGEST
    dropped: Counter[str] = field(default_factory=Counter)
    dropped_negatives: Counter[str] = field(default_factory=Counter)

    def usable_negatives(self, passage: str, texts: Sequence[str | None], absent: str) -> list[str | None]:
        """Return a pair's hard negatives, each in its place; ``None`` for those of no use, which are counted.

        Those are the ones without a text (for the reason ``absent``), the pair's own passage and repeated ones.
        """
        usable: list[str | None] = []
        for text in texts:
            reason = absent if text is None else _OWN if text == passage else _AGAIN if text in usable else None
            if reason is not None:
                self.dropped_negatives[reason] += 1
            usable.append(None if reason else text)
        return usable


def check_text(place: Place, name: str, value: object) -> str:
    """Return a text without surrounding space; it may be empty.

    Raises:
        CorpusError: the value is not a string, or UTF-8 cannot encode it.

    """
    if not isinstance(value, str):
        raise CorpusError(*place, f"{name} is {shown(value)}, not a string")
    if broken := broken_character(value):
        raise CorpusError(*place, f"{name}: {broken}")
    return value.strip()


def check_id(place: Place, name: str, value: object) -> str:
    """Return an id as :func:`~equilingual.corpora.ids.normalize_id` does; it may be empty.

    Raises:
        CorpusError: the value is neither a string nor a number, or UTF-8 cannot encode it.

    """
    try:
        return check_text(place, name, normalize_id(value))
    except CorpusError:
        raise
    except ValueError as error:
        raise CorpusError(*place, f"{name} {error}") from error


def with_title(title: str, text: str) -> str:
    """Return a passage with its title before it, as BEIR and Tevatron join them."""
    return f"{title} {text}".strip() if text else ""
