"""The tables of a benchmark, written as they are read: no more than one row group of texts is held.

Rows are in the order in which they are added. Of candidates and queries only hashes of their ids are kept.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from equilingual.corpora.lookup import hash_id
from equilingual.files import ParquetWriter, read_columns, replacing
from equilingual.retrieval.trec import trec_field
from equilingual.texts import broken_character

Place = str | PathLike[str]

ALL = "all"  # in place of a language: files that all languages share

_TEXTS = {
    "candidates": ("candidate_id", "language", "collection", "text", "passage"),
    "queries": ("query_id", "language", "collection", "text", "cluster"),
    "qrels": ("query_id", "language", "candidate_id"),
}
SCHEMAS = {table: pa.schema([(name, pa.string()) for name in names]) for table, names in _TEXTS.items()}
SCHEMAS["qrels"] = SCHEMAS["qrels"].append(pa.field("relevance", pa.int64()))

_ROWS = 4096  # a row group, as equilingual.files.write_parquet has it …
_CHARACTERS = 1 << 24  # … or fewer rows of so much text


class BenchmarkError(ValueError):
    """A benchmark's file is not what it should be; the message names the file, the place and the value."""


@dataclass(frozen=True)
class Source:
    """What a reader is given.

    Attributes:
        name: the benchmark's name.
        files: the files of each language by role, in the order of the languages; those of :data:`ALL` are of all.
        candidate_text: of LAReQA, ``sentence`` or ``sentence+context``.
        parallel: of BEIR's folders, whether an id is the same question in every language.
        pool: of MIRACL's formats, ``full`` (the whole corpus) or ``judged`` (what the qrels name).
        gold: of BUCC, the published gold pairs of ``test``, by language.
        lines: of FLORES, the first and the last line that are read of every file, from 1; ``None`` for all.

    """

    name: str
    files: Mapping[str, Mapping[str, Sequence[Place]]]
    candidate_text: Literal["sentence", "sentence+context"] = "sentence"
    parallel: bool = True
    pool: Literal["full", "judged"] = "full"
    gold: Mapping[str, int] = field(default_factory=dict)
    lines: tuple[int, int] | None = None

    @property
    def languages(self) -> list[str]:
        """The languages that are asked for, in order."""
        return [language for language in self.files if language != ALL]

    def one(self, language: str, role: str) -> Place:
        """Return the only file of a role."""
        files = self.all(language, role)
        if len(files) != 1:
            raise BenchmarkError(f"{self.name}: {len(files)} files of {role} for {language}, one is needed")
        return files[0]

    def all(self, language: str, role: str) -> Sequence[Place]:
        """Return the files of a role, at least one."""
        files = self.files.get(language, {}).get(role, ())
        if not files:
            raise BenchmarkError(f"{self.name}: no file of {role} for {language}")
        return files


@dataclass
class _Rows:
    """A table that is being written."""

    path: Path
    schema: pa.Schema
    held: list[tuple[object, ...]] = field(default_factory=list)
    characters: int = 0

    def __post_init__(self) -> None:
        self.file = ParquetWriter(self.path, self.schema)

    def add(self, row: tuple[object, ...]) -> None:
        self.held.append(row)
        self.characters += sum(len(value) for value in row if isinstance(value, str))
        if len(self.held) == _ROWS or self.characters >= _CHARACTERS:
            self.flush()

    def flush(self) -> None:
        if self.held:
            columns = [list(column) for column in zip(*self.held, strict=True)]
            self.file.write_table(pa.table(columns, schema=self.schema), row_group_size=_ROWS)
            self.held, self.characters = [], 0


class Tables:
    """The three tables of a benchmark; as a context they are put in place where the block ends without an error.

    Attributes:
        judged: rows that are judged not relevant, which no table has, by language.
        dropped: what is left out, by reason.

    """

    def __init__(self, folder: Place) -> None:
        self.judged: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.candidates: Counter[str] = Counter()  # rows by language
        self.queries: Counter[str] = Counter()
        self._folder = Path(folder)
        self._languages: dict[str, int] = {}
        self._candidate_ids, self._query_ids = array("Q"), array("Q")  # as TREC files have them
        self._asked: tuple[array[int], array[int]] = array("Q"), array("H")  # query, its language
        self._relevant: set[tuple[int, int]] = set()  # query, the candidate's language

    def __enter__(self) -> "Tables":
        self._stack = ExitStack()
        self._rows = {
            table: _Rows(self._stack.enter_context(replacing(self._folder / f"{table}.parquet")), schema)
            for table, schema in SCHEMAS.items()
        }
        return self

    def __exit__(self, *error: object) -> None:
        for rows in self._rows.values():
            if error[0] is None:
                rows.flush()
            rows.file.close()
        self._stack.__exit__(*error)  # type: ignore[arg-type]

    def add_candidate(
        self, candidate_id: str, language: str, text: str, *, passage: str | None = None, collection: str = ""
    ) -> None:
        """Add a candidate; ``passage``, what the report shows, is its text where it is not given."""
        self._rows["candidates"].add((candidate_id, language, collection, text, text if passage is None else passage))
        self._candidate_ids.append(hash_id(trec_field(candidate_id)))
        self.candidates[language] += 1

    def add_query(self, query_id: str, language: str, text: str, *, cluster: str, collection: str = "") -> None:
        """Add a query; ``cluster`` names what is drawn as one in a bootstrap."""
        self._rows["queries"].add((query_id, language, collection, text, cluster))
        self._query_ids.append(hash_id(trec_field(f"{language}_{query_id}")))
        self._asked[0].append(hash_id(query_id))
        self._asked[1].append(self._languages.setdefault(language, len(self._languages)))
        self.queries[language] += 1

    def add_relevant(self, query_id: str, language: str, candidate_id: str, relevance: int = 1) -> None:
        """Add a relevant candidate, of ``language``, of a query in whatever languages."""
        self._rows["qrels"].add((query_id, language, candidate_id, relevance))
        self._relevant.add((hash_id(query_id), self._languages.setdefault(language, len(self._languages))))

    def add_bitext(self, query_id: str, language: str, text: str, *, collection: str = "") -> None:
        """Add a text that is both a query and the answer to the same query in other languages."""
        candidate_id = f"{language}_{query_id}"
        self.add_candidate(candidate_id, language, text, collection=collection)
        self.add_query(query_id, language, text, cluster=query_id, collection=collection)
        self.add_relevant(query_id, language, candidate_id)

    def check_ids(self, name: str) -> None:
        """Raise if two ids would be one in a TREC file, where white space becomes ``_``."""
        for rows in self._rows.values():
            rows.flush()
        for table, hashes in (("candidates", self._candidate_ids), ("queries", self._query_ids)):
            values = np.sort(np.frombuffer(hashes, dtype=np.uint64))
            twice = set(values[:-1][values[1:] == values[:-1]].tolist())
            if twice:
                self._name_the_two(name, table, twice)

    def _name_the_two(self, name: str, table: str, twice: set[int]) -> None:
        rows = self._rows[table]
        rows.file.close()  # what is written can be read, and more is not written: an error follows
        seen: dict[str, tuple[str, str]] = {}
        count: Counter[str] = Counter()
        columns = ["language", "candidate_id" if table == "candidates" else "query_id"]
        for batch in read_columns(rows.path, columns):
            for language, own in zip(*batch.to_pydict().values(), strict=True):
                key = own if table == "candidates" else f"{language}_{own}"
                count[language] += 1
                field_of, place = trec_field(key), f"number {count[language]} of {table} in {language}"
                if hash_id(field_of) not in twice:
                    continue
                if field_of in seen:
                    first, other = seen[field_of]
                    about = f"{other} and {place}"
                    if first == key:
                        raise BenchmarkError(f"{name}: the id {key!r} stands twice: {about}")
                    raise BenchmarkError(f"{name}: the ids {first!r} and {key!r} are one in a TREC file: {about}")
                seen[field_of] = key, place
        raise BenchmarkError(f"{name}: ids of {table} have the same hash; rename one of the benchmark's files' ids")

    def answerable(self, *, own: bool) -> dict[str, dict[str, int]]:
        """Return the queries that have a relevant candidate, by their language and the candidate's.

        ``own`` says whether a query in the candidate's own language counts: of bitext that is the query itself.
        """
        names = list(self._languages)
        queries, languages = (np.frombuffer(part, dtype=kind) for part, kind in zip(self._asked, "QH", strict=True))
        known, of = np.unique(queries, return_inverse=True)
        asked = np.zeros((len(known), len(names)))  # floats: their product is a BLAS routine, and exact
        has = np.zeros_like(asked)
        asked[of, languages] = 1
        pairs = np.array(sorted(self._relevant), dtype=np.uint64).reshape(-1, 2)
        place = np.searchsorted(known, pairs[:, 0]).clip(max=max(len(known) - 1, 0))
        there = known[place] == pairs[:, 0] if len(known) else np.zeros(len(pairs), dtype=bool)
        has[place[there], pairs[there, 1].astype(np.int64)] = 1
        counts = asked.T @ has
        if not own:
            np.fill_diagonal(counts, 0)
        return {row: dict(zip(names, map(int, counts[n]), strict=True)) for n, row in enumerate(names)}

    def unanswerable(self) -> int:
        """Return how many queries have no relevant candidate in any language."""
        have = {query for query, _ in self._relevant}
        return sum(query not in have for query in self._asked[0])


def check_writable(place: str, text: str) -> None:
    """Raise for half a surrogate pair, which JSON can hold and no UTF-8 file."""
    if broken := broken_character(text):
        raise BenchmarkError(f"{place}: {broken}")


def merged_clusters(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return, by cluster, the first one that it shares a question with, in whatever languages, directly or by others.

    ``rows`` are (query, cluster). MLQA-R numbers its paragraphs differently in every language, and some hold what are
    two in another language.
    """
    above: dict[str, str] = {}
    first: dict[str, str] = {}

    def top(cluster: str) -> str:
        while above.setdefault(cluster, cluster) != cluster:
            cluster = above[cluster]
        return cluster

    for query, cluster in rows:
        above[top(cluster)] = top(first.setdefault(query, cluster))
    return {cluster: top(cluster) for cluster in above}
