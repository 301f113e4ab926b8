"""Build a benchmark's tables from its official files: the stage ``build_benchmark``.

in:  LAReQA's JSON per language, or a folder with BEIR's ``corpus.jsonl`` and ``queries.jsonl`` per language
out: ``results/benchmarks/{benchmark}/``
     ``candidates.parquet``  candidate_id, language, text (what is encoded), passage (the sentence alone)
     ``queries.parquet``     query_id (shared by all languages), language, text, cluster (the paragraph, in whatever
                             language: one name for all paragraphs that share questions)
     ``qrels.parquet``       query_id, language (the candidate's), candidate_id
     ``counts.json``         candidates and queries per language, answerable queries per pair of languages, hashes
     ``qrels.trec.gz``       the relevance judgements for TREC tools

Rows are in the order of the languages, then of the files. LAReQA's candidates are one per entry of
``sentence_breaks``, without de-duplication; the relevant one holds the answer's offset, end exclusive. This gives
the counts that arXiv:2408.10536 publishes in its Table 10.
"""

import json
import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from equilingual.corpora.errors import json_problem
from equilingual.files import sha256_of, write_json, write_parquet
from equilingual.retrieval.trec import trec_field, write_qrels
from equilingual.texts import broken_character

Place = str | PathLike[str]


_TABLES = ("candidates", "queries", "qrels")


class BenchmarkError(ValueError):
    """A benchmark's file is not what it should be; the message names the file, the place and the value."""


@dataclass
class _Tables:
    candidates: list[tuple[str, str, str, str]] = field(default_factory=list)
    queries: list[tuple[str, str, str, str]] = field(default_factory=list)
    qrels: list[tuple[str, str, str]] = field(default_factory=list)


def build_benchmark(
    *,
    name: str,
    kind: Literal["lareqa", "parallel-beir"],
    files: Mapping[str, Place],
    qrels: Place | None,
    candidate_text: Literal["sentence", "sentence+context"],
    licence: str,
    expected: Mapping[str, tuple[int, int]] | None,
    out: Place,
) -> None:
    """Write a benchmark's tables.

    Args:
        name: the benchmark's name.
        kind: the format of its files.
        files: per language, LAReQA's JSON file or a folder in BEIR's format.
        qrels: BEIR's ``query-id, corpus-id, score`` table, valid in every language; None for LAReQA.
        candidate_text: ``sentence``, or ``sentence+context``: the sentence, a space, its paragraph. (XTREME-R joins
            the two without a space; TF-IDF's published figures for this project need it.)
        licence: of the texts.
        expected: published (candidates, queries) per language; other numbers are an error.
        out: the folder.

    Raises:
        BenchmarkError: a file is malformed, or its counts are not the published ones.

    """
    tables = _Tables()
    for language, file in files.items():
        if kind == "lareqa":
            _read_lareqa(language, file, candidate_text, tables)
        elif kind == "parallel-beir" and qrels is not None:
            _read_beir(language, Path(file), qrels, tables)
        else:
            raise BenchmarkError(f"{name}: the kind {kind!r} is unknown or needs qrels")
    _merge_clusters(tables)
    _check_ids(name, tables)
    counts = _counts(tables, list(files))
    _check_counts(files, counts["languages"], expected or {})
    folder = Path(out)
    _write(tables.candidates, ("candidate_id", "language", "text", "passage"), folder / "candidates.parquet")
    _write(tables.queries, ("query_id", "language", "text", "cluster"), folder / "queries.parquet")
    _write(tables.qrels, ("query_id", "language", "candidate_id"), folder / "qrels.parquet")
    write_qrels(benchmark=folder, out=folder / "qrels.trec.gz")
    about = {"benchmark": name, "licence": licence, "candidate_text": candidate_text}
    sources = {f"{language}: {path.name}": sha256_of(path) for language in files for path in _sources(files[language])}
    if qrels is not None:
        sources[f"all: {Path(qrels).name}"] = sha256_of(qrels)
    # Stages that read the benchmark depend on counts.json alone, so it must change whenever a table does.
    written = {f"{table}.parquet": sha256_of(folder / f"{table}.parquet") for table in _TABLES}
    write_json(about | counts | {"sources": sources, "files": written}, folder / "counts.json")


def _write(rows: list[tuple[str, ...]], names: tuple[str, ...], path: Path) -> None:
    schema = pa.schema([(name, pa.string()) for name in names])
    write_parquet(pa.table([list(column) for column in zip(*rows, strict=True)], schema=schema), path)


def _merge_clusters(tables: _Tables) -> None:
    """Give all paragraphs that share a question, in whatever languages, the name of the first.

    MLQA-R numbers its paragraphs differently in every language, and some hold what are two in another language.
    """
    above: dict[str, str] = {}
    first: dict[str, str] = {}

    def top(cluster: str) -> str:
        while above.setdefault(cluster, cluster) != cluster:
            cluster = above[cluster]
        return cluster

    for query, _, _, cluster in tables.queries:
        above[top(cluster)] = top(first.setdefault(query, cluster))
    tables.queries = [(query, language, text, top(cluster)) for query, language, text, cluster in tables.queries]


def _check_ids(name: str, tables: _Tables) -> None:
    """Raise if two ids would be one in a TREC file, where white space becomes ``_``."""
    for ids in ([row[0] for row in tables.candidates], [f"{row[1]}_{row[0]}" for row in tables.queries]):
        seen: dict[str, str] = {}
        for key in ids:
            if seen.setdefault(trec_field(key), key) != key:
                raise BenchmarkError(f"{name}: the ids {seen[trec_field(key)]!r} and {key!r} are one in a TREC file")


def _check_counts(
    files: Mapping[str, Place], sizes: Mapping[str, Mapping[str, int]], expected: Mapping[str, tuple[int, int]]
) -> None:
    for language, found in sizes.items():
        counted = (found["candidates"], found["queries"])
        if 0 in counted:
            raise BenchmarkError(f"{files[language]}: {counted[0]} candidates and {counted[1]} queries: none to ask")
        # expected may come from a configuration, as lists
        if language in expected and counted != tuple(expected[language]):
            published = expected[language]
            raise BenchmarkError(
                f"{files[language]}: {counted[0]} candidates and {counted[1]} queries, published are "
                f"{published[0]} and {published[1]}: the file is not the official one"
            )
    if unknown := set(expected) - set(sizes):
        raise BenchmarkError(f"published counts for {', '.join(sorted(unknown))}, but no file")


def _sources(place: Place) -> list[Path]:
    path = Path(place)
    return [path] if path.is_file() else [path / "corpus.jsonl", path / "queries.jsonl"]


def _counts(tables: _Tables, languages: list[str]) -> dict[str, Any]:
    """Return candidates and queries per language, and answerable queries per query and candidate language."""
    sizes = {language: {"candidates": 0, "queries": 0} for language in languages}
    for _, language, _, _ in tables.candidates:
        sizes[language]["candidates"] += 1
    answers: dict[str, list[str]] = {}
    for query, language, _ in tables.qrels:
        answers.setdefault(query, []).append(language)
    pairs = {language: dict.fromkeys(languages, 0) for language in languages}
    for query, language, _, _ in tables.queries:
        sizes[language]["queries"] += 1
        for candidate_language in answers[query]:
            pairs[language][candidate_language] += 1
    return {"languages": sizes, "pairs": pairs}


def _text_of(path: Place) -> str:
    raw = Path(path).read_bytes()
    if not raw.strip():
        raise BenchmarkError(f"{path}: the file is empty")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BenchmarkError(f"{path}, line {line}: not UTF-8 (byte {raw[error.start : error.start + 1]!r})") from error


def _field(place: str, row: object, key: str, kind: type) -> Any:  # noqa: ANN401 (JSON has no static type)
    """Return ``row[key]``, checked to be a ``kind``."""
    if not isinstance(row, dict) or key not in row:
        raise BenchmarkError(f"{place}: no {key!r}: not LAReQA's format")
    value = row[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BenchmarkError(f"{place}: {key!r} should be of type {kind.__name__}, found {reprlib.repr(value)}")
    if kind is str:
        _check_writable(f"{place}, {key!r}", value)
    return value


def _check_writable(place: str, text: str) -> None:
    """Raise for half a surrogate pair, which JSON can hold and no UTF-8 file."""
    if broken := broken_character(text):
        raise BenchmarkError(f"{place}: {broken}")


def _read_lareqa(language: str, file: Place, candidate_text: str, tables: _Tables) -> None:
    seen: set[str] = set()
    for number, (place, paragraph) in enumerate(_paragraphs(file)):
        where = f"{file}, {place}"
        context = _field(where, paragraph, "context", str)
        breaks = _field(where, paragraph, "sentence_breaks", list)
        _check_breaks(where, context, breaks)
        for position, (start, end) in enumerate(breaks):
            sentence = context[start:end]
            text = sentence if candidate_text == "sentence" else f"{sentence} {context}"
            tables.candidates.append((f"{language}_{number}_{position}", language, text, sentence))
        for qa in _field(where, paragraph, "qas", list):
            query = _field(where, qa, "id", str)
            if query in seen:
                raise BenchmarkError(f"{where}: question id {query!r} stands twice")
            seen.add(query)
            where_query = f"{where}, question {query!r}"
            position = _relevant_sentence(where_query, qa, context, breaks)
            question = _field(where_query, qa, "question", str)
            if not question.strip():
                raise BenchmarkError(f"{where_query}: the question has no text")
            tables.queries.append((query, language, question, f"{language}_{number}"))
            tables.qrels.append((query, language, f"{language}_{number}_{position}"))


def _check_breaks(place: str, context: str, breaks: list[list[int]]) -> None:
    """Raise unless every break is ``[start, end)`` within the context, not blank, after the one before it."""
    last = 0
    for position, entry in enumerate(breaks):
        whole = isinstance(entry, list) and [type(offset) for offset in entry] == [int, int]
        if not whole or not last <= entry[0] < entry[1] <= len(context) or not context[slice(*entry)].strip():
            raise BenchmarkError(
                f"{place}, sentence {position}: {reprlib.repr(entry)} is not [start, end) of a text between {last} "
                f"and the context's end, {len(context)}"
            )
        last = entry[1]


def _paragraphs(file: Place) -> Iterator[tuple[str, object]]:
    try:
        document = json.loads(_text_of(file))
    except json.JSONDecodeError as error:
        raise BenchmarkError(f"{file}, line {error.lineno}: {json_problem(error)}") from error
    if not isinstance(document, dict) or not isinstance(document.get("data"), list):
        raise BenchmarkError(f"{file}: no 'data' at the top: not LAReQA's format")
    for article_number, article in enumerate(document["data"]):
        paragraphs = _field(f"{file}, article {article_number}", article, "paragraphs", list)
        for paragraph_number, paragraph in enumerate(paragraphs):
            yield f"article {article_number}, paragraph {paragraph_number}", paragraph


def _relevant_sentence(place: str, qa: Mapping[str, Any], context: str, breaks: list[list[int]]) -> int:
    """Return the position of the sentence that holds the answer's first character, end exclusive."""
    answers = _field(place, qa, "answers", list)
    if not answers:
        raise BenchmarkError(f"{place}: no answer")
    start = _field(place, answers[0], "answer_start", int)
    if not 0 <= start < len(context):
        raise BenchmarkError(f"{place}: the answer offset {start} is outside its context of {len(context)} characters")
    holds = [position for position, (begin, end) in enumerate(breaks) if begin <= start < end]
    if not holds:
        raise BenchmarkError(f"{place}: the answer offset {start} is in no sentence")
    return holds[0]


def _rows(path: Path, keys: tuple[str, ...], *, title: bool = False) -> Iterator[tuple[str, ...]]:
    """Yield the values of ``keys``; with ``title``, a row's title and a space go before the last, as in BEIR."""
    for number, line in enumerate(_text_of(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            values = tuple(row[key] for key in keys)
            if title and row.get("title"):
                values = (*values[:-1], f"{row['title']} {values[-1]}")
        except json.JSONDecodeError as error:
            raise BenchmarkError(f"{path}, line {number}: {json_problem(error)}") from error
        except (KeyError, TypeError) as error:
            raise BenchmarkError(f"{path}, line {number}: not a BEIR row with the keys {', '.join(keys)}") from error
        if not isinstance(values[0], str) or not values[0].strip():
            raise BenchmarkError(f"{path}, line {number}: {keys[0]!r} should be a text, found {values[0]!r}")
        yield values


def _read_beir(language: str, folder: Path, qrels: Place, tables: _Tables) -> None:
    corpus = _unique(folder / "corpus.jsonl", _rows(folder / "corpus.jsonl", ("_id", "text"), title=True))
    queries = _unique(folder / "queries.jsonl", _rows(folder / "queries.jsonl", ("_id", "text")))
    tables.candidates += [(f"{language}_{key}", language, text, text) for key, text in corpus.items()]
    relevant: dict[str, str] = {}
    for place, query, candidate in _judgements(qrels):
        for kind, key, known in (("query", query, queries), ("candidate", candidate, corpus)):
            if key not in known:
                raise BenchmarkError(f"{place}: the {kind} {key!r} is not in {folder}")
        if query in relevant:
            raise BenchmarkError(f"{place}: the query {query!r} has two relevant candidates in one language")
        relevant[query] = candidate
    for query, text in queries.items():
        if query not in relevant:
            raise BenchmarkError(
                f"{folder / 'queries.jsonl'}: the query {query!r} has no relevant candidate in {qrels}"
            )
        tables.queries.append((query, language, text, relevant[query]))
        tables.qrels.append((query, language, f"{language}_{relevant[query]}"))


def _unique(path: Path, rows: Iterator[tuple[str, ...]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, text in rows:
        if key in found:
            raise BenchmarkError(f"{path}: the id {key!r} stands twice")
        if not isinstance(text, str) or not text.strip():
            raise BenchmarkError(f"{path}: {key!r} has no text")
        _check_writable(f"{path}, {key!r}", text)
        found[key] = text
    return found


def _judgements(path: Place) -> Iterator[tuple[str, str, str]]:
    """Yield (place, query, candidate) of the judgements with a positive score."""
    lines = _text_of(path).splitlines()
    if lines[0].split("\t") != ["query-id", "corpus-id", "score"]:
        raise BenchmarkError(f"{path}, line 1: expected the header query-id, corpus-id, score, found {lines[0]!r}")
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split("\t")
        if len(fields) != 3 or not fields[2].lstrip("-").isdigit():
            raise BenchmarkError(f"{path}, line {number}: not query-id, corpus-id and a whole score: {line!r}")
        if int(fields[2]) > 0:
            yield f"{path}, line {number}", fields[0], fields[1]
