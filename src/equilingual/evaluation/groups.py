"""The ranks of a benchmark's queries, by query language and pool.

in: ``results/ranks/{model}/{benchmark}.parquet``
"""

import itertools
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from os import PathLike

import numpy as np
import pyarrow as pa

from equilingual.evaluation.bias import ranks_by_language
from equilingual.parquet import read_table
from equilingual.retrieval.tables import setting_of


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

    @cached_property
    def by_language(self) -> np.ndarray:
        """The rank of each query's first relevant candidate in each language, int64 [queries, languages], 0 for none.

        Languages are those of the candidates, in alphabetical order.
        """
        names, codes = np.unique(self.languages[self.ranks > 0].astype(str), return_inverse=True)
        padded = np.full(self.ranks.shape, -1)
        padded[self.ranks > 0] = codes
        return ranks_by_language(self.ranks, padded, len(names))


def read_groups(ranks: str | PathLike[str]) -> list[Group]:
    """Return the ranks of a model on a benchmark by pool and query language, in the order of the file.

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
    return [_group(rows, names, codes, values) for rows in sorted(parts, key=itemgetter(0))]


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
