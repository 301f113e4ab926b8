"""The ranks of a benchmark's queries, by query language and pool.

in: ``results/ranks/{model}/{benchmark}.parquet``
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from os import PathLike

import numpy as np
import pyarrow as pa

from equilingual.evaluation.bias import has_distances, ranks_by_language
from equilingual.parquet import read_table
from equilingual.retrieval.tables import BenchmarkTables, setting_of


@dataclass(frozen=True)
class Group:
    """The queries of one language asked in one pool.

    Attributes:
        setting: ``monolingual``, ``cross-lingual`` or ``multilingual``.
        query_language: their language.
        pool: a language or ``all``.
        ranks: int64 [queries, relevant], 0 for padding.
        relevance: int64 [queries, relevant], 0 for padding.
        languages: object [queries, relevant], the language of each relevant candidate, None for padding.
        candidates: int64 [queries, relevant], their rows of ``candidates.parquet``, -1 for padding.
        best: int64 [queries], the row of the candidate that each query has first.
        query_ids: object [queries], the question of each row.
        clusters: object [queries], the paragraph of each row.
        order: the benchmark's languages, the columns of :attr:`by_language`; empty: the languages of the candidates,
            in alphabetical order.
        searched: int64 [queries], how many candidates each query is searched among; None where that is not known.
        best_language: object [queries], the language of ``best``; None where that is not known.

    """

    setting: str
    query_language: str
    pool: str
    ranks: np.ndarray
    relevance: np.ndarray
    languages: np.ndarray
    candidates: np.ndarray
    best: np.ndarray
    query_ids: np.ndarray
    clusters: np.ndarray
    order: tuple[str, ...] = ()
    searched: np.ndarray | None = None
    best_language: np.ndarray | None = None

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The languages of the columns of :attr:`by_language`."""
        return self.order or tuple(sorted(set(self.languages[self.ranks > 0].tolist())))

    @cached_property
    def codes(self) -> np.ndarray:
        """The place of each relevant candidate's language in :attr:`columns`, int64 as ``ranks``; -1 for padding."""
        number: dict[str | None, int] = {name: place for place, name in enumerate(self.columns)}
        codes: np.ndarray = np.vectorize(lambda name: number.get(name, -1), otypes=[np.int64])(self.languages)
        return codes

    @cached_property
    def by_language(self) -> np.ndarray:
        """The rank of each query's first relevant candidate by language, int64 [queries, languages], 0 for none."""
        return ranks_by_language(self.ranks, self.codes, len(self.columns))

    @cached_property
    def has_distances(self) -> bool:
        """Whether any query has answers in two languages."""
        return has_distances(self.by_language)

    @cached_property
    def own(self) -> np.ndarray:
        """The place of the query's own language in :attr:`columns`, int64 [queries]; -1 where it is missing."""
        found = self.columns.index(self.query_language) if self.query_language in self.columns else -1
        return np.full(len(self.ranks), found)

    @cached_property
    def first_is_relevant(self) -> np.ndarray:
        """Whether the candidate that each query has first is relevant, bool [queries]."""
        return np.asarray((self.candidates == self.best[:, None]).any(axis=1))

    @cached_property
    def first_is_own(self) -> np.ndarray:
        """Whether the candidate that each query has first is in the query's language, bool [queries].

        Raises:
            ValueError: ``best_language`` is None: the group was read without the benchmark's tables.

        """
        if self.best_language is None:
            raise ValueError(f"the languages of the first hits in {self.pool} are not known; read ranks with tables")
        return np.asarray(self.best_language == self.query_language)

    @cached_property
    def _known(self) -> dict[Callable[["Group"], np.ndarray], np.ndarray]:
        return {}

    def values(self, of: Callable[["Group"], np.ndarray]) -> np.ndarray:
        """Return the value of each query by a measure's ``of``, worked out once."""
        if of not in self._known:
            self._known[of] = of(self)
        return self._known[of]


def read_groups(ranks: str | PathLike[str], tables: BenchmarkTables | None = None) -> list[Group]:
    """Return the ranks of a model on a benchmark by pool and query language, in the order of the file.

    With the benchmark's ``tables`` the groups that are searched in all languages have ``order``, ``searched`` and
    ``best_language``.

    Raises:
        DamagedFileError: the file is missing or damaged.

    """
    table = read_table(ranks)
    names, codes = {}, {}
    for column in ("query_id", "cluster", "query_language", "pool", "candidate_language"):
        encoded = table[column].combine_chunks()
        encoded = encoded if pa.types.is_dictionary(encoded.type) else encoded.dictionary_encode()
        names[column] = np.array(encoded.dictionary.to_pylist(), dtype=object)
        codes[column] = encoded.indices.to_numpy()
    values = {column: table[column].to_numpy() for column in ("relevance", "rank", "candidate", "best")}
    keys = codes["pool"].astype(np.int64) * len(names["query_language"]) + codes["query_language"]
    order = np.argsort(keys, kind="stable")
    bounds = np.flatnonzero(np.diff(keys[order], prepend=-1, append=-1))
    parts = [order[start:stop] for start, stop in itertools.pairwise(bounds)]
    groups = [_group(rows, names, codes, values) for rows in sorted(parts, key=itemgetter(0))]
    return groups if tables is None else _placed_in(groups, tables)


def _placed_in(groups: Sequence[Group], tables: BenchmarkTables) -> list[Group]:
    """Return the groups, those that are searched in all languages with the benchmark's languages and pools' sizes."""
    order = tuple(tables.languages)
    languages = np.array(order, dtype=object)
    names = zip(tables.queries["query_id"].to_pylist(), tables.queries["language"].to_pylist(), strict=True)
    row_of = {name: row for row, name in enumerate(names)}

    def placed(group: Group) -> Group:
        rows = np.array([row_of[query, group.query_language] for query in group.query_ids])
        own = next(one for one in tables.collections if rows[0] in one.queries)
        left_out = (tables.own[rows] >= 0).sum(axis=1)
        return replace(
            group,
            order=order,
            searched=own.candidates.stop - own.candidates.start - left_out,
            best_language=languages[tables.language_codes[group.best]],
        )

    return [placed(group) if group.setting == "multilingual" else group for group in groups]


def _group(
    rows: np.ndarray, names: dict[str, np.ndarray], codes: dict[str, np.ndarray], values: dict[str, np.ndarray]
) -> Group:
    """Return the group of some rows; those of one query stand together."""
    queries = codes["query_id"][rows]
    first = np.flatnonzero(np.diff(queries, prepend=-1))
    of_query = np.repeat(np.arange(len(first)), np.diff(first, append=len(rows)))
    at = (of_query, np.arange(len(rows)) - first[of_query])
    shape = (len(first), int(at[1].max()) + 1)
    padded = {name: np.full(shape, empty) for name, empty in (("rank", 0), ("relevance", 0), ("candidate", -1))}
    for name, table in padded.items():
        table[at] = values[name][rows]
    languages = np.full(shape, None, dtype=object)
    languages[at] = names["candidate_language"][codes["candidate_language"][rows]]
    tops = rows[first]
    language, pool = (names[name][codes[name][rows[0]]] for name in ("query_language", "pool"))
    return Group(
        setting=setting_of(language, pool),
        query_language=language,
        pool=pool,
        ranks=padded["rank"],
        relevance=padded["relevance"],
        languages=languages,
        candidates=padded["candidate"],
        best=values["best"][tops],
        query_ids=names["query_id"][queries[first]],
        clusters=names["cluster"][codes["cluster"][tops]],
    )
