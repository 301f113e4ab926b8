"""Queries that are translated into the language of the candidates, and searched within it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Protocol

import numpy as np

from equilingual.parquet import read_table
from equilingual.retrieval.ranking import Scores
from equilingual.retrieval.tables import Collection

if TYPE_CHECKING:
    from equilingual.retrieval.systems import System


@dataclass(frozen=True)
class Translations:
    """What queries are called in other languages.

    Attributes:
        rows: by language, int64: the rows of the queries that have a translation into it, ascending.
        places: by language, int64: where these translations stand in their table, and their vectors in theirs.
        texts: the translations, in the order of the table.

    """

    rows: Mapping[str, np.ndarray]
    places: Mapping[str, np.ndarray]
    texts: list[str]


def read_translations(file: str | PathLike[str]) -> Translations:
    """Return the translations that the stage ``translate_queries`` wrote."""
    table = read_table(file)
    tags = np.array(table["language"].to_pylist(), dtype=str)
    places = {str(tag): np.flatnonzero(tags == tag) for tag in np.unique(tags)}
    rows = np.asarray(table["row"].to_numpy())
    return Translations({tag: rows[own] for tag, own in places.items()}, places, table["text"].to_pylist())


class Rows(Protocol):
    """Vectors by row: float32 [rows, dimensions], or what gives some of them."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: np.ndarray, /) -> np.ndarray: ...


@dataclass(frozen=True)
class TranslatedVectors:
    """The vectors of queries in a language as far as they are translated, by row; no more than is asked for is held.

    Attributes:
        queries: float32 [queries, dimensions], as they are.
        translations: float32 [translations, dimensions].
        places: int64 [queries], where each query's translation stands, -1 for none.

    """

    queries: Rows
    translations: np.ndarray
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.queries)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        found = np.array(self.queries[rows])
        there = self.places[rows] >= 0
        found[there] = self.translations[self.places[rows][there]]
        return found


@dataclass(frozen=True)
class Translated:
    """A system that asks candidates of each language in that language.

    Where all languages are searched at once, a candidate's score is that of a search in its own language's pool, so
    that no score compares two languages.

    Attributes:
        open: returns the system whose queries are in a language as far as they are translated.
        languages: of the candidates, those that any query is translated into.
        untranslated: the system of the queries as they are, for candidates of other languages.

    """

    open: "Callable[[str], System]"
    languages: frozenset[str]
    untranslated: "System"

    @property
    def by_pool(self) -> bool:
        """No: a candidate is scored among its language's whatever is searched."""
        return False

    @property
    def whole_rows(self) -> bool:
        """That of the system."""
        return self.untranslated.whole_rows

    def scores(self, collection: Collection, pool: slice) -> Scores:
        """Return the scores, each language's candidates by the queries in that language."""
        systems = {
            tag: (self.open(tag) if tag in self.languages else self.untranslated).scores(collection, part)
            for tag, part in collection.languages.items()
            if part.start < pool.stop and pool.start < part.stop
        }

        def found(rows: np.ndarray, some: slice) -> np.ndarray:
            parts = []
            for tag, score in systems.items():
                own = collection.languages[tag]
                part = slice(max(own.start, some.start), min(own.stop, some.stop))
                if part.start < part.stop:
                    parts.append(score(rows, part))
            return np.concatenate(parts, axis=1)

        return found
