"""A benchmark's tables as arrays: what is asked, where, and what is relevant.

in: ``results/benchmarks/{benchmark}/{candidates,queries,qrels}.parquet`` and ``counts.json``

A query is searched among the candidates of its own collection. A pool is a collection's candidates in one language,
or all of them (:data:`ALL`). The candidates of a collection stand together in ``candidates.parquet``, and in it those
of a language: every pool is a slice of the table.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equilingual.catalogues.benchmarks import SETTINGS as SETTINGS
from equilingual.files import damaged
from equilingual.manifests import check_manifest
from equilingual.numbering import text_hashes
from equilingual.parquet import read_table
from equilingual.retrieval.columns import TextColumn, codes_of, parts_of, places_of

ALL = "all"
TABLES = ("candidates.parquet", "queries.parquet", "qrels.parquet")  # with hashes in counts.json


class BenchmarkTablesError(ValueError):
    """A benchmark's tables do not fit together; the message names the folder and the value."""


def setting_of(query_language: str, pool: str) -> str:
    """Return the setting of queries of a language in a pool, one of :data:`SETTINGS`."""
    return "multilingual" if pool == ALL else "monolingual" if pool == query_language else "cross-lingual"


@dataclass(frozen=True)
class Collection:
    """Queries and the candidates that they are searched among.

    Attributes:
        name: ``""`` in a benchmark that has one only.
        queries: int64, their rows of ``queries.parquet``, ascending.
        languages: the rows of ``candidates.parquet`` of each language, one after the other.

    """

    name: str
    queries: np.ndarray
    languages: Mapping[str, slice]

    @property
    def candidates(self) -> slice:
        """Its rows of ``candidates.parquet``."""
        slices = list(self.languages.values())
        return slice(slices[0].start, slices[-1].stop)

    def pools(self) -> dict[str, slice]:
        """Return the rows of every pool: each language's, then all."""
        return {**self.languages, ALL: self.candidates}

    def pool_name(self, pool: str) -> str:
        """Return the name of a pool's files, without what tells their kind."""
        return f"{self.name}.{pool}" if self.name else pool


@dataclass(frozen=True)
class BenchmarkTables:
    """A benchmark.

    Attributes:
        queries: ``query_id``, ``language``, ``cluster`` of every query.
        candidates: ``candidate_id``, ``language`` of every candidate.
        collections: in the order of the candidates.
        relevant: int64 [queries, R], rows of the relevant candidates, ascending, -1 where a query has fewer. A query's
            own text is not among them.
        relevance: int64 [queries, R], above 0; 0 where there is none.
        own: int64 [queries, O], the rows of the query's own texts, which are left out of its pools; -1 for padding.
        settings: the retrieval settings that it supports, of :data:`SETTINGS`.
        task: ``retrieval`` or ``bitext``, where the same texts are queries and candidates.

    """

    queries: pa.Table
    candidates: pa.Table
    collections: Sequence[Collection]
    relevant: np.ndarray
    relevance: np.ndarray
    own: np.ndarray
    settings: Sequence[str]
    task: str

    @cached_property
    def tie_order(self) -> np.ndarray:
        """Return the place of every candidate in the order of ties, int64 [candidates]: that of the hash of its id.

        An order that has nothing to do with languages: by row, those configured first would be preferred wherever many
        candidates score alike, as all that share no word with a query do.
        """
        hashes = text_hashes(TextColumn(self.candidates["candidate_id"]), normalised=False)
        places = np.empty(len(hashes), dtype=np.int64)
        places[np.argsort(hashes, kind="stable")] = np.arange(len(hashes))
        return places

    @cached_property
    def languages(self) -> list[str]:
        """Return the languages of the candidates, in the order of the collections."""
        return list(dict.fromkeys(name for one in self.collections for name in one.languages))

    @cached_property
    def language_codes(self) -> np.ndarray:
        """Return the place of every candidate's language in :attr:`languages`, int16 [candidates]."""
        codes = np.empty(self.candidates.num_rows, dtype=np.int16)
        for collection in self.collections:
            for name, rows in collection.languages.items():
                codes[rows] = self.languages.index(name)
        return codes

    def query_names(self) -> list[str]:
        """Return the name of every query in TREC files: the same question in two languages is two queries."""
        ids, languages = (self.queries[name].to_pylist() for name in ("query_id", "language"))
        return [f"{language}_{query}" for query, language in zip(ids, languages, strict=True)]


def read_tables(benchmark: str | PathLike[str]) -> BenchmarkTables:
    """Return a benchmark's tables.

    Raises:
        DamagedFileError: a table is not what ``counts.json`` says.
        BenchmarkTablesError: a pool's candidates are scattered, or a judgement or query has no candidates.

    """
    folder = Path(benchmark)
    about = check_manifest(folder, "counts.json", expected=TABLES)
    if lacking := [name for name in ("settings", "task") if name not in about]:
        raise damaged(folder / "counts.json", f"it has no {lacking[0]!r}")
    queries = read_table(folder / "queries.parquet", ["query_id", "language", "collection", "cluster"])
    candidates = read_table(folder / "candidates.parquet", ["candidate_id", "language", "collection"])
    collections = _collections(folder, queries, candidates)
    relevant, relevance = _relevant(folder, queries, candidates, collections)
    own = _own_texts(queries, candidates, collections, about)
    is_own = (relevant[:, :, None] == own[:, None, :]).any(axis=2)
    relevant, relevance = np.where(is_own, -1, relevant), np.where(is_own, 0, relevance)
    return BenchmarkTables(
        queries=queries.drop_columns("collection"),
        candidates=candidates.drop_columns("collection"),
        collections=collections,
        relevant=relevant,
        relevance=relevance,
        own=own,
        settings=about["settings"],
        task=about["task"],
    )


def _collections(folder: Path, queries: pa.Table, candidates: pa.Table) -> list[Collection]:
    # As numbers: a corpus may have millions of passages in a few languages.
    encoded = [codes_of(candidates[name]) for name in ("collection", "language")]
    codes = [numbers for numbers, _ in encoded]
    change = np.flatnonzero((codes[0][1:] != codes[0][:-1]) | (codes[1][1:] != codes[1][:-1])) + 1
    bounds = [0, *change.tolist(), candidates.num_rows]
    pools: dict[str, dict[str, slice]] = {}
    last = None
    for start, stop in itertools.pairwise(bounds):
        name, language = (names[numbers[start]] for numbers, names in encoded)
        if language in pools.setdefault(name, {}) or (name != last and pools[name]):
            raise BenchmarkTablesError(
                f"{folder}: the candidates of {name or 'all'} in {language} do not stand together"
            )
        pools[name][language] = slice(start, stop)
        last = name
    asked = np.asarray(queries["collection"].to_numpy())
    if unknown := sorted(set(asked.tolist()) - set(pools)):
        raise BenchmarkTablesError(f"{folder}: queries of the collection {unknown[0]!r}, which has no candidates")
    return [Collection(name, np.flatnonzero(asked == name), parts) for name, parts in pools.items()]


def _relevant(
    folder: Path, queries: pa.Table, candidates: pa.Table, collections: Sequence[Collection]
) -> tuple[np.ndarray, np.ndarray]:
    qrels = read_table(folder / "qrels.parquet", ["query_id", "candidate_id", "relevance"])
    rows = places_of(parts_of(candidates["candidate_id"]), qrels["candidate_id"].combine_chunks())
    if (rows < 0).any():
        missing = qrels["candidate_id"][int(np.argmax(rows < 0))]
        raise BenchmarkTablesError(f"{folder}: the relevant candidate {missing} is not in candidates.parquet")
    by_question: dict[str, list[tuple[int, int]]] = {}
    judged = zip(qrels["query_id"].to_pylist(), rows.tolist(), qrels["relevance"].to_pylist(), strict=True)
    for question, row, relevance in judged:
        by_question.setdefault(question, []).append((row, relevance))
    within = {int(row): one.candidates for one in collections for row in one.queries}
    found = [
        sorted(pair for pair in by_question.get(question, ()) if within[row].start <= pair[0] < within[row].stop)
        for row, question in enumerate(queries["query_id"].to_pylist())
    ]
    width = max(map(len, found), default=0)
    padded = np.array([pairs + [(-1, 0)] * (width - len(pairs)) for pairs in found], dtype=np.int64)
    padded = padded.reshape(len(found), width, 2)
    return padded[:, :, 0], padded[:, :, 1]


def _own_texts(
    queries: pa.Table, candidates: pa.Table, collections: Sequence[Collection], about: Mapping[str, Any]
) -> np.ndarray:
    """Return the rows of the candidates that are each query itself, int64 [queries, O], -1 for padding.

    Of bitext that is the text of its id in its language. With ``ignore_identical_ids`` it is the candidate of its id in
    every language that it is searched in.
    """
    if about["task"] == "bitext":
        names = pc.binary_join_element_wise(queries["language"], queries["query_id"], "_").to_pylist()
    elif about.get("ignore_identical_ids"):
        tags = {tag for one in collections for tag in one.languages}
        names = [name for tag in sorted(tags) for name in _names_in(tag, queries)]
    else:
        return np.full((queries.num_rows, 1), -1, dtype=np.int64)
    found = places_of(parts_of(candidates["candidate_id"]), pa.array(names, pa.string()))
    found = found.reshape(-1, queries.num_rows).T if queries.num_rows else np.empty((0, 1), dtype=np.int64)
    return found[:, (found >= 0).any(axis=0) | (np.arange(found.shape[1]) == 0)]


def _names_in(tag: str, queries: pa.Table) -> Iterator[str | None]:
    """Yield the id of the candidate in a language that has each query's id in the benchmark's files.

    Where every language is a collection of its own, ids of queries begin with the language, as those of candidates do.
    """
    for query, collection in zip(*(queries[name].to_pylist() for name in ("query_id", "collection")), strict=True):
        yield f"{tag}_{query}" if not collection else query if collection == tag else None
