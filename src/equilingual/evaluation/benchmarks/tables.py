"""The tables of a benchmark, written as they are read: no more than one row group of texts is held.

Rows are in the order in which they are added. Of candidates and queries only hashes of their ids are kept.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from equilingual.catalogues.benchmarks import ALL
from equilingual.corpora.lookup import hash_id
from equilingual.files import replacing
from equilingual.parquet import ParquetWriter, read_columns
from equilingual.retrieval.trec import trec_field
from equilingual.texts import broken_character

Place = str | PathLike[str]

_TEXTS = {
    "candidates": ("candidate_id", "language", "collection", "text", "passage"),
    "queries": ("query_id", "language", "collection", "text", "cluster"),
    "qrels": ("query_id", "language", "candidate_id"),
}
SCHEMAS = {table: pa.schema([(name, pa.string()) for name in names]) for table, names in _TEXTS.items()}
SCHEMAS["qrels"] = SCHEMAS["qrels"].append(pa.field("relevance", pa.int64()))

_ROWS = 4096  # a row group, as equilingual.parquet.write_parquet has it …
_NO_NUMBER = 2**32 - 1
_CHARACTERS = 1 << 24  # … or fewer rows of so much text


class BenchmarkError(ValueError):
    """A benchmark's file is malformed; the message names the file, the line or row, and the value."""


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
        empty: what an empty text that is needed does: ``refuse`` the file, or ``drop`` it and count it.
        missing: what a judgement of a query or candidate that is missing does: ``refuse`` or ``drop``.
        ignore_identical_ids: whether a query leaves out the candidates that have its id in the files.

    """

    name: str
    files: Mapping[str, Mapping[str, Sequence[Place]]]
    candidate_text: Literal["sentence", "sentence+context"] = "sentence"
    parallel: bool = True
    pool: Literal["full", "judged"] = "full"
    gold: Mapping[str, int] = field(default_factory=dict)
    lines: tuple[int, int] | None = None
    empty: Literal["refuse", "drop"] = "refuse"
    missing: Literal["refuse", "drop"] = "refuse"
    ignore_identical_ids: bool = False

    @property
    def languages(self) -> list[str]:
        """The requested languages, in order."""
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


class _Places:
    """Where rows come from, in 8 bytes a row: of ``a.jsonl, line 7`` the number, and which text stands before it."""

    def __init__(self) -> None:
        self._starts: dict[str, int] = {}
        self._which, self._numbers = array("I"), array("I")

    def add(self, place: str) -> None:
        start, _, number = place.rpartition(" ")
        if not (number.isascii() and number.isdecimal() and len(number) < 10):
            start, number = place, str(_NO_NUMBER)
        self._which.append(self._starts.setdefault(start, len(self._starts)))
        self._numbers.append(int(number))

    def __getitem__(self, row: int) -> str:
        start, number = list(self._starts)[self._which[row]], self._numbers[row]
        return start if number == _NO_NUMBER else f"{start} {number}"


@dataclass
class _Rows:
    """A table that is being written.

    Attributes:
        path: the file.
        schema: its columns.
        keys: a hash for each row; rows that differ in their ids have different ones.
        places: where each row comes from.

    """

    path: Path
    schema: pa.Schema
    held: list[tuple[object, ...]] = field(default_factory=list)
    characters: int = 0
    keys: "array[int]" = field(default_factory=lambda: array("Q"))
    places: _Places = field(default_factory=_Places)

    def __post_init__(self) -> None:
        self.file = ParquetWriter(self.path, self.schema)

    def add(self, row: tuple[object, ...], key: int, place: str = "") -> None:
        self.keys.append(key)
        self.places.add(place)
        self.held.append(row)
        self.characters += sum(len(value) for value in row if isinstance(value, str))
        if len(self.held) == _ROWS or self.characters >= _CHARACTERS:
            self.flush()

    def flush(self) -> None:
        if self.held:
            columns = [list(column) for column in zip(*self.held, strict=True)]
            self.file.write_table(pa.table(columns, schema=self.schema), row_group_size=_ROWS)
            self.held, self.characters = [], 0

    def twice(self) -> Iterator[tuple[int, tuple[object, ...]]]:
        """Yield (number, row) of the rows that share a key, in order. No more can be added after it."""
        self.flush()
        self.file.close()
        keys = np.frombuffer(self.keys, dtype=np.uint64)
        ordered = np.sort(keys)
        again = ordered[1:][ordered[1:] == ordered[:-1]]
        start = 0
        for batch in read_columns(self.path, self.schema.names) if len(again) else ():
            here = np.flatnonzero(np.isin(keys[start : start + batch.num_rows], again))
            for number, row in zip((start + here).tolist(), batch.take(here).to_pylist(), strict=True):
                yield number, tuple(row.values())
            start += batch.num_rows

    def leave_out(self, numbers: Sequence[int]) -> None:
        """Write the table again without some rows."""
        without = self.path.with_name(f"{self.path.name}.once")
        start = 0
        with ParquetWriter(without, self.schema) as file:
            for batch in read_columns(self.path, self.schema.names):
                kept = np.setdiff1d(np.arange(batch.num_rows), np.asarray(numbers) - start)
                file.write_table(pa.table(batch.take(kept)), row_group_size=_ROWS)
                start += batch.num_rows
        without.replace(self.path)


class Tables:
    """The three tables of a benchmark; as a context they are put in place where the block ends without an error.

    Attributes:
        judged: rows that are judged not relevant, which no table has, by language.
        dropped: what is left out, by reason.
        left_out: rows of the files that are left out, by table and language.
        same_id: candidates that have the id of a query (``candidates``), and its text (``same_text``).

    """

    def __init__(self, folder: Place) -> None:
        self.judged: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.left_out: Counter[tuple[str, str]] = Counter()
        self.same_id: Counter[str] = Counter()
        self.candidates: Counter[str] = Counter()  # rows by language
        self.queries: Counter[str] = Counter()
        self._folder = Path(folder)
        self._languages: dict[str, int] = {}
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
        self._stack.__exit__(*error)  # type: ignore[arg-type]  # as Python gives them

    def add_candidate(
        self,
        candidate_id: str,
        language: str,
        text: str,
        *,
        place: str,
        passage: str | None = None,
        collection: str = "",
    ) -> None:
        """Add a candidate; ``passage``, what the report shows, is its text where it is not given."""
        row = (candidate_id, language, collection, text, text if passage is None else passage)
        self._rows["candidates"].add(row, hash_id(trec_field(candidate_id)), place)
        self.candidates[language] += 1

    def places_of(self, candidate_ids: Sequence[str]) -> dict[str, str]:
        """Return where candidates of some ids that are added already stand in the files, by id."""
        rows = self._rows["candidates"]
        wanted = {hash_id(trec_field(own)): own for own in candidate_ids}
        keys = np.frombuffer(rows.keys, dtype=np.uint64)
        found = np.flatnonzero(np.isin(keys, np.array(list(wanted), dtype=np.uint64)))
        return {wanted[int(keys[row])]: rows.places[int(row)] for row in found}

    def leave_out(self, table: str, language: str, reason: str, rows: int = 1) -> None:
        """Count rows of the files, candidates or queries, that are not added."""
        if rows:
            self.left_out[table, language] += rows
            self.dropped[f"{reason}, {language}"] += rows

    def add_query(
        self, query_id: str, language: str, text: str, *, cluster: str, place: str, collection: str = ""
    ) -> None:
        """Add a query; ``cluster`` names what is drawn as one in a bootstrap."""
        row = (query_id, language, collection, text, cluster)
        self._rows["queries"].add(row, hash_id(trec_field(f"{language}_{query_id}")), place)
        self._asked[0].append(hash_id(query_id))
        self._asked[1].append(self._languages.setdefault(language, len(self._languages)))
        self.queries[language] += 1

    def add_relevant(self, query_id: str, language: str, candidate_id: str, relevance: int = 1) -> None:
        """Add a relevant candidate, of ``language``, of a query in whatever languages."""
        self._rows["qrels"].add((query_id, language, candidate_id, relevance), hash_id(f"{query_id}\t{candidate_id}"))
        self._relevant.add((hash_id(query_id), self._languages.setdefault(language, len(self._languages))))

    def add_bitext(self, query_id: str, language: str, text: str, *, place: str, collection: str = "") -> None:
        """Add a text that is both a query and the answer to the same query in other languages."""
        candidate_id = f"{language}_{query_id}"
        self.add_candidate(candidate_id, language, text, place=place, collection=collection)
        self.add_query(query_id, language, text, cluster=query_id, place=place, collection=collection)
        self.add_relevant(query_id, language, candidate_id)

    def count_once(self, name: str) -> None:
        """Leave out, and count, rows that are the same as an earlier one.

        Raises:
            BenchmarkError: two rows have one id and differ, or two ids would be one in a TREC file, where white space
                becomes ``_``.

        """
        for table, rows in self._rows.items():
            first: dict[str, tuple[int, tuple[object, ...]]] = {}
            again = []
            for number, row in rows.twice():
                earlier, same = first.setdefault(_trec_name(table, row), (number, row))
                if earlier == number:
                    continue
                if row != same:
                    raise BenchmarkError(f"{name}: {_how_they_differ(table, row, same, rows.places, number, earlier)}")
                again.append(number)
                self._count_again(table, str(row[1]))
            if again:
                rows.leave_out(again)

    def _count_again(self, table: str, language: str) -> None:
        if table == "candidates":
            self.candidates[language] -= 1
            self.leave_out(table, language, "repeated passages")
        elif table == "queries":
            self.queries[language] -= 1
            self.leave_out(table, language, "repeated queries")
        else:
            self.dropped["repeated judgements"] += 1

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


def _trec_name(table: str, row: tuple[object, ...]) -> str:
    """Return what stands for a row in a TREC file; :data:`SCHEMAS` has the columns."""
    own, language = str(row[0]), str(row[1])
    if table == "candidates":
        return trec_field(own)
    return trec_field(f"{language}_{own}") if table == "queries" else f"{own}\t{row[2]}"


def _how_they_differ(
    table: str, row: tuple[object, ...], same: tuple[object, ...], places: _Places, number: int, earlier: int
) -> str:
    where = f"{places[earlier]} and {places[number]}"
    if (row[0], row[1]) != (same[0], same[1]):
        return f"the ids {same[0]!r} and {row[0]!r} are the same id in a TREC file: {where}"
    return f"duplicate id {row[0]!r} among the {table}, with different texts: {where}: give each its own id"


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
