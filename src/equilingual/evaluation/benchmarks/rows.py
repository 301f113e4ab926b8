"""What the formats share: rows of JSON, lines of two columns, relevance judgements, passages with a title."""

import re
import reprlib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from equilingual.corpora.ids import normalize_id
from equilingual.corpora.lines import read_lines
from equilingual.corpora.records import Row, read_rows
from equilingual.evaluation.benchmarks.tables import BenchmarkError, Place, check_writable

_WHOLE_NUMBER = re.compile(r"-?[0-9]+(\.0*)?")  # some write 1.0
_DIGITS = 18  # a score is kept as a 64-bit integer

Value = TypeVar("Value")


def json_rows(paths: Sequence[Place], keys: Sequence[str], what: str) -> Iterator[tuple[str, Row]]:
    """Yield (place, row) of JSONL or Parquet files, gzipped or not, whose rows have ``keys``; ``what`` names them."""
    for place, row in read_rows(paths, required=keys):
        where = f"{place.path}, {place.spot}"
        if absent := [key for key in keys if key not in row]:
            raise BenchmarkError(f"{where}: not {what} with the keys {', '.join(keys)}: {absent[0]!r} is missing")
        yield where, row


def text_of(place: str, row: Mapping[str, object], key: str) -> str:
    """Return ``row[key]``, a text that is not blank."""
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise BenchmarkError(f"{place}: {key!r} should be a string, found {reprlib.repr(value)}")
    check_writable(f"{place}, {key!r}", value)
    return value


def text_or_blank(place: str, row: Mapping[str, object], key: str) -> str:
    """Return ``row[key]``, a text, as :func:`text_of` does; ``""`` where it is blank or null."""
    value = row.get(key)
    return "" if value is None or (isinstance(value, str) and not value.strip()) else text_of(place, row, key)


def id_of(place: str, row: Mapping[str, object], key: str) -> str:
    """Return ``row[key]``, a text or a number, as :func:`equilingual.corpora.ids.normalize_id` writes it: 1.0 is 1."""
    try:
        own = normalize_id(row.get(key))
    except ValueError as error:
        raise BenchmarkError(f"{place}: {key!r} {error}") from None
    if not own:
        raise BenchmarkError(
            f"{place}: {key!r} should be an id, found {reprlib.repr(row.get(key))}: give each row its own"
        )
    check_writable(f"{place}, {key!r}", own)
    return own


def titled_text(place: str, row: Mapping[str, object]) -> str:
    """Return a passage, its title and a space before it where it has one, as BEIR and MIRACL's baselines read them.

    ``""`` where there is neither.
    """
    title, text = ("" if row.get(key) is None else row[key] for key in ("title", "text"))
    if not isinstance(title, str) or not isinstance(text, str):
        raise BenchmarkError(f"{place}: title and text should be strings, found {reprlib.repr((title, text))}")
    joined = f"{title} {text}" if title.strip() else text
    check_writable(place, joined)
    return joined if joined.strip() else ""


def sentences(path: Place) -> Iterator[tuple[str, str]]:
    """Yield (place, text) of a file with one text per line, none of which is blank."""
    for number, line in read_lines(path):
        if not line.strip():
            raise BenchmarkError(f"{path}, line {number}: no text: every line is a sentence")
        yield f"{path}, line {number}", line


def check_parallel(files: Mapping[str, Place], lines: Mapping[str, int]) -> None:
    """Raise unless the files of all languages have as many lines."""
    first = next(iter(lines))
    for language, count in lines.items():
        if count != lines[first]:
            raise BenchmarkError(
                f"{files[language]}: {count} lines, but {files[first]} has {lines[first]}: line n of both should be "
                "the same sentence"
            )


def pairs_of_columns(path: Place, layout: str, *, blank: bool = False) -> Iterator[tuple[str, str, str]]:
    """Yield (place, first, rest) of lines with a tab; ``layout`` names the two. Only the rest may be ``blank``."""
    for number, line in read_lines(path):
        first, tab, rest = line.partition("\t")
        if not tab or not first.strip() or not (blank or rest.strip()):
            raise BenchmarkError(f"{path}, line {number}: not {layout}: {reprlib.repr(line)}")
        yield f"{path}, line {number}", first.strip(), rest if rest.strip() else ""


@dataclass
class Distinct(Generic[Value]):
    """What the rows of a file have under each id, in their order.

    Attributes:
        what: what a row is, in an error.
        values: by id.
        places: by id.
        repeated: rows that only repeat an earlier one.

    """

    what: str
    values: dict[str, Value] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    repeated: int = 0

    def add(self, place: str, key: str, value: Value) -> bool:
        """Add a row; return whether its id is new. The same row again is counted, another with its id is an error."""
        if key not in self.values:
            self.values[key], self.places[key] = value, place
            return True
        if self.values[key] != value:
            raise BenchmarkError(
                f"{place}: duplicate {self.what} {key!r}, which differs from the one in {self.places[key]}: give "
                "each its own id"
            )
        self.repeated += 1
        return False


@dataclass
class Judgements:
    """Relevance judgements of a file: of each query its candidates, with their scores, in the order of the file.

    Attributes:
        path: the file.
        of_all_languages: whether it is the same file for all of them.
        scores: by query and candidate.
        places: by query and candidate, where each stands.
        repeated: rows that only repeat an earlier one.
        shortened: the queries that :meth:`leave_out` has taken a judgement from.

    """

    path: Place
    of_all_languages: bool = False
    scores: dict[str, dict[str, int]] = field(default_factory=dict)
    places: dict[tuple[str, str], str] = field(default_factory=dict)
    repeated: int = 0
    shortened: set[str] = field(default_factory=set)

    def add(self, place: str, query: str, candidate: str, score: str) -> None:
        """Add a judgement; the same one again is counted, and another score for the same pair is an error."""
        if not _WHOLE_NUMBER.fullmatch(score):
            raise BenchmarkError(f"{place}: the score {reprlib.repr(score)} is not a whole number")
        digits = score.partition(".")[0]
        if len(digits) > _DIGITS:
            raise BenchmarkError(f"{place}: the score {reprlib.repr(score)} has more than {_DIGITS} digits")
        query, candidate = normalize_id(query), normalize_id(candidate)
        if not query or not candidate:
            raise BenchmarkError(f"{place}: a judgement needs the ids of a query and of a candidate")
        known = self.scores.setdefault(query, {}).setdefault(candidate, int(digits))
        if known != int(digits):
            raise BenchmarkError(
                f"{place}: query {query!r} and candidate {candidate!r} are judged twice: {int(digits)} here, {known} "
                f"in {self.places[query, candidate]}: keep one of them"
            )
        self.repeated += (query, candidate) in self.places
        self.places.setdefault((query, candidate), place)

    def leave_out(self, *, queries: Container[str] = (), candidates: Container[str] = (), own: bool = False) -> int:
        """Take out the judgements of some queries and of some candidates, or (``own``) of a query's own id.

        Returns how many they were.
        """
        gone = [
            (query, candidate)
            for query, candidate in self.places
            if query in queries or candidate in candidates or (own and query == candidate)
        ]
        for query, candidate in gone:
            del self.scores[query][candidate], self.places[query, candidate]
            self.shortened.add(query)
        return len(gone)

    def relevant(self, query: str) -> dict[str, int]:
        """Return the candidates of a query with a score above 0."""
        return {candidate: score for candidate, score in self.scores.get(query, {}).items() if score > 0}

    def candidates(self) -> dict[str, bool]:
        """Return every judged candidate, and whether any query has it as relevant."""
        found: dict[str, bool] = {}
        for scores in self.scores.values():
            for candidate, score in scores.items():
                found[candidate] = found.get(candidate, False) or score > 0
        return found

    def not_relevant(self) -> int:
        """Return how many rows are judged not relevant."""
        return sum(score <= 0 for scores in self.scores.values() for score in scores.values())

    def check_there(self, missing: Container[str], where: object, *, what: str) -> None:
        """Raise for the first judgement of something ``missing``; ``what`` is ``query`` or ``candidate``."""
        for (query, candidate), place in self.places.items():
            own = query if what == "query" else candidate
            if own in missing:
                raise BenchmarkError(
                    f"{place}: the {what} {own!r} is not in {where}: fix the files, or drop such judgements with "
                    f"'missing: drop'{self._hint}"
                )

    @property
    def _hint(self) -> str:
        if not self.of_all_languages:
            return ""
        return (
            " (with shared judgements every language needs all ids; 'qrels: by-language' reads one file per language)"
        )


def trec_judgements(path: Place) -> Judgements:
    """Read TREC qrels: ``qid Q0 docid score``, columns between white space; blank lines are passed over."""
    found = Judgements(path)
    for number, line in read_lines(path):
        place, columns = f"{path}, line {number}", line.split()
        if not columns:
            continue
        if len(columns) != 4:
            raise BenchmarkError(f"{place}: not the four columns qid, Q0, docid and score: {reprlib.repr(line)}")
        found.add(place, columns[0], columns[2], columns[3])
    return found


def beir_judgements(path: Place, *, of_all_languages: bool) -> Judgements:
    """Read BEIR's qrels: a header, then ``query-id, corpus-id, score`` between tabs; blank lines are passed over."""
    found = Judgements(path, of_all_languages)
    for number, line in read_lines(path):
        place, columns = f"{path}, line {number}", line.split("\t")
        if number == 1:
            if columns != ["query-id", "corpus-id", "score"]:
                raise BenchmarkError(f"{place}: expected query-id, corpus-id, score between tabs, found {line!r}")
            continue
        if not line.strip():
            continue
        if len(columns) != 3:
            raise BenchmarkError(f"{place}: not query-id, corpus-id and a score between tabs: {line!r}")
        found.add(place, *columns)
    return found
