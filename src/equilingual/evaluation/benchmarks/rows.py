"""What the formats share: rows of JSON, lines of two columns, relevance judgements, passages with a title."""

import re
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from equilingual.corpora.records import Row, read_lines, read_rows
from equilingual.evaluation.benchmarks.tables import BenchmarkError, Place, check_writable

_WHOLE_NUMBER = re.compile(r"-?[0-9]+(\.0*)?")  # some write 1.0


def json_rows(paths: Sequence[Place], keys: Sequence[str], what: str) -> Iterator[tuple[str, Row]]:
    """Yield (place, row) of JSONL or Parquet files, gzipped or not, whose rows have ``keys``; ``what`` names them."""
    for place, row in read_rows(paths, required=keys):
        where = f"{place.path}, {place.spot}"
        if absent := [key for key in keys if key not in row]:
            raise BenchmarkError(f"{where}: not {what} with the keys {', '.join(keys)}: there is no {absent[0]!r}")
        yield where, row


def text_of(place: str, row: Mapping[str, object], key: str) -> str:
    """Return ``row[key]``, a text that is not blank."""
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise BenchmarkError(f"{place}: {key!r} should be a text, found {reprlib.repr(value)}")
    check_writable(f"{place}, {key!r}", value)
    return value


def id_of(place: str, row: Mapping[str, object], key: str) -> str:
    """Return ``row[key]``, a text or a whole number, as a text."""
    value = row.get(key)
    return str(value) if type(value) is int else text_of(place, row, key)


def titled_text(place: str, row: Mapping[str, object]) -> str:
    """Return a passage, its title and a space before it where it has one, as BEIR and MIRACL's baselines read them."""
    title = row.get("title") or ""
    text = row.get("text")
    if not isinstance(title, str) or not isinstance(text, str):
        raise BenchmarkError(f"{place}: title and text should be texts, found {reprlib.repr((title, text))}")
    joined = f"{title} {text}" if title.strip() else text
    if not joined.strip():
        raise BenchmarkError(f"{place}: the passage has no text")
    check_writable(place, joined)
    return joined


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
                f"{files[language]}: {count} lines, and {files[first]} has {lines[first]}: line n of both should be "
                "the same sentence"
            )


def pairs_of_columns(path: Place, layout: str) -> Iterator[tuple[str, str, str]]:
    """Yield (place, first, rest) of lines with a tab; neither may be blank. ``layout`` names the two."""
    for number, line in read_lines(path):
        first, tab, rest = line.partition("\t")
        if not tab or not first.strip() or not rest.strip():
            raise BenchmarkError(f"{path}, line {number}: not {layout}: {reprlib.repr(line)}")
        yield f"{path}, line {number}", first.strip(), rest


@dataclass
class Judgements:
    """Relevance judgements of a file: of each query its candidates, with their scores, in the order of the file."""

    path: Place
    of_all_languages: bool = False
    scores: dict[str, dict[str, int]] = field(default_factory=dict)
    places: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, place: str, query: str, candidate: str, score: str) -> None:
        """Add a judgement; a second one of the same pair is an error."""
        if not _WHOLE_NUMBER.fullmatch(score):
            raise BenchmarkError(f"{place}: the score {score!r} is no whole number")
        if candidate in self.scores.setdefault(query, {}):
            raise BenchmarkError(f"{place}: query {query!r} and candidate {candidate!r} are judged twice")
        self.scores[query][candidate] = int(score.partition(".")[0])
        self.places[query, candidate] = place

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

    def raise_missing(self, candidate: str, where: object) -> NoReturn:
        """Raise for a candidate that the corpus has not, naming the line that asks for it."""
        place = next(place for (_, one), place in self.places.items() if one == candidate)
        raise BenchmarkError(f"{place}: the candidate {candidate!r} is not in {where}{self._hint}")

    @property
    def _hint(self) -> str:
        if not self.of_all_languages:
            return ""
        return ": judgements of all languages need every id in each; with 'qrels: by-language' each has its own"

    def check_queries(self, known: Mapping[str, object], where: object) -> None:
        """Raise for a query that is not among the known ones."""
        for (query, _), place in self.places.items():
            if query not in known:
                raise BenchmarkError(f"{place}: the query {query!r} is not in {where}{self._hint}")


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
