"""Build a benchmark's tables from its official files: the stage ``build_benchmark``.

in:  the files of each language, in the format of the benchmark
out: ``results/benchmarks/{benchmark}/``
     ``candidates.parquet``  candidate_id, language, collection, text (what is encoded), passage (what the report shows)
     ``queries.parquet``     query_id (the question: the same in every language that asks it), language, collection,
                             text, cluster (what a bootstrap resamples as one: a paragraph, in whatever language)
     ``qrels.parquet``       query_id, language (the candidate's), candidate_id, relevance (above 0, graded)
     ``counts.json``         settings, task, candidates and queries per language, answerable queries per pair of
                             languages, what was left out, candidates with the id of a query, hashes
     ``qrels.trec.gz``       the relevance judgements for TREC tools

A query is searched only among the candidates of its own collection. Rows are in the order of the languages, then of the
files. In a ``bitext`` the same texts are queries and candidates; a query's own text (the same id and language) is in
none of its pools. With ``ignore_identical_ids`` the same goes for the candidates that have a query's id in the files.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from equilingual.catalogues.benchmarks import FORMATS, MONOLINGUAL, Format
from equilingual.corpora.errors import CorpusError
from equilingual.evaluation.benchmarks.tables import SCHEMAS, BenchmarkError, Place, Source, Tables
from equilingual.files import sha256_of, write_json
from equilingual.retrieval.trec import write_qrels

_LOG = logging.getLogger(__name__)

Expected = Mapping[str, Sequence[int | None]]


def build_benchmark(
    *,
    name: str,
    kind: str,
    files: Mapping[str, Mapping[str, Sequence[Place]]],
    licence: str,
    expected: Expected | None,
    out: Place,
    candidate_text: Literal["sentence", "sentence+context"] = "sentence",
    parallel: bool = True,
    pool: Literal["full", "judged"] = "full",
    gold: Mapping[str, int] | None = None,
    lines: tuple[int, int] | None = None,
    empty: Literal["refuse", "drop"] = "refuse",
    missing: Literal["refuse", "drop"] = "refuse",
    ignore_identical_ids: bool = False,
) -> None:
    """Write a benchmark's tables.

    Args:
        name: the benchmark's name.
        kind: the format of its files, one of :data:`~equilingual.catalogues.benchmarks.FORMATS`.
        files: per language its files by role; under ``all``, those that all languages share.
        licence: of the texts.
        expected: published (candidates, queries) per language, ``None`` for one that is not known; others are an error.
        out: the folder.
        candidate_text: ``sentence``, or for LAReQA ``sentence+context``.
        parallel: of BEIR's folders, whether an id is the same question in every language.
        pool: of MIRACL's formats, ``full`` or ``judged``.
        gold: of BUCC, the published number of gold pairs of each language.
        lines: of FLORES, the first and the last line that are read of every file, from 1; ``None`` for all.
        empty: of formats with judgements, what an empty query or relevant passage does: ``refuse`` or ``drop``.
        missing: of the same, what a judgement of a missing query or passage does: ``refuse`` or ``drop``.
        ignore_identical_ids: of the same, whether a query leaves out the candidates that have its id in the files.

    Raises:
        BenchmarkError: a file is malformed, or its counts are not the published ones.

    """
    if kind not in FORMATS:
        raise BenchmarkError(f"{name}: unknown format {kind!r}; choose from {', '.join(FORMATS)}")
    row = FORMATS[kind]
    texts = (candidate_text, parallel, pool, gold or {}, lines, empty, missing)
    source = Source(name, files, *texts, ignore_identical_ids=ignore_identical_ids)
    folder = Path(out)
    with Tables(folder) as tables:
        _read(source, row, tables)
        counts = _counts(source, row, tables)
        _check_counts(source, row, counts, tables.left_out, expected or {})
    write_qrels(benchmark=folder, out=folder / "qrels.trec.gz", bitext=row.task == "bitext")
    about = {"benchmark": name, "licence": licence} | _options(source, row)
    _warn(name, counts, excluded=ignore_identical_ids)
    # Stages that read the benchmark depend on counts.json alone, so it must change whenever a table does.
    written = {f"{table}.parquet": sha256_of(folder / f"{table}.parquet") for table in SCHEMAS}
    write_json(about | counts | {"sources": dict(_sources(source)), "files": written}, folder / "counts.json")


def _read(source: Source, row: Format, tables: Tables) -> None:
    try:
        import_module(f"equilingual.evaluation.benchmarks.{row.module}").read(source, tables)
    except CorpusError as error:
        raise BenchmarkError(str(error)) from error
    tables.count_once(source.name)


def _options(source: Source, row: Format) -> dict[str, Any]:
    """Return the options that decide the tables, as ``counts.json`` states them."""
    options: dict[str, Any] = {"candidate_text": source.candidate_text}
    if source.lines is not None:
        options["lines"] = list(source.lines)
    if "pool" in row.options:
        options["pool"] = source.pool
    if source.ignore_identical_ids:
        options["ignore_identical_ids"] = True
    return options


def files_by_role(
    files: Sequence[Place], layout: Sequence[tuple[str, str, int]]
) -> dict[str, dict[str, Sequence[Place]]]:
    """Return files that stand in one list by language and role; ``layout`` says how many of each follow."""
    found: dict[str, dict[str, Sequence[Place]]] = {}
    start = 0
    for language, role, count in layout:
        found.setdefault(language, {})[role] = list(files[start : start + count])
        start += count
    return found


def _sources(source: Source) -> Iterator[tuple[str, str]]:
    for language, roles in source.files.items():
        for path in (path for paths in roles.values() for path in paths):
            yield f"{language}: {Path(path).name}", sha256_of(path)


def _counts(source: Source, row: Format, tables: Tables) -> dict[str, Any]:
    """Return what the tables hold: settings and task, sizes per language, answerable queries per pair of languages."""
    settings = [setting for setting in row.settings if source.parallel or setting == MONOLINGUAL]
    languages = dict.fromkeys([*source.languages, *tables.queries, *tables.candidates])
    sizes = {tag: {"candidates": tables.candidates[tag], "queries": tables.queries[tag]} for tag in languages}
    answerable = tables.answerable(own=row.task != "bitext")
    pairs = {
        query: {tag: answerable.get(query, {}).get(tag, 0) for tag in languages if tables.candidates[tag]}
        for query in languages
        if tables.queries[query]
    }
    if row.task != "mining" and (count := tables.unanswerable()):
        raise BenchmarkError(f"{source.name}: {count} queries have no relevant candidate")
    judged = {tag: tables.judged[tag] for tag in languages}
    about = {"settings": settings, "task": row.task, "languages": sizes, "pairs": pairs, "judged": judged}
    about |= {"dropped": {reason: count for reason, count in tables.dropped.items() if count}}
    return about | ({"same_id": dict(tables.same_id)} if tables.same_id else {})


def _warn(name: str, counts: Mapping[str, Any], *, excluded: bool) -> None:
    """Log what is left out, and whether queries find themselves."""
    for reason, count in counts["dropped"].items():
        _LOG.warning("%s: dropped: %d %s", name, count, reason)
    if "same_id" in counts and not excluded:
        found, same = (counts["same_id"].get(key, 0) for key in ("candidates", "same_text"))
        _LOG.warning(
            "%s: %d candidates have the id of a query, %d of them its text too, and they are searched. If queries are "
            "also documents (as in Quora and ArguAna), set 'ignore_identical_ids: true', as BEIR's scores leave them "
            "out. If the ids are equal by chance, change nothing.",
            name,
            found,
            same,
        )


def _check_counts(
    source: Source, row: Format, counts: Mapping[str, Any], left_out: Mapping[tuple[str, str], int], expected: Expected
) -> None:
    """Raise where there is nothing to ask, or where the files have other numbers of rows than the published ones."""
    for language, found in counts["languages"].items():
        counted = (found["candidates"], found["queries"])
        files = ", ".join(str(path) for paths in source.files.get(language, {}).values() for path in paths)
        if (row.whole and 0 in counted) or not any(counted):
            dropped = "".join(f"; dropped: {number} {reason}" for reason, number in counts["dropped"].items())
            raise BenchmarkError(
                f"{files}: {counted[0]} candidates and {counted[1]} queries: nothing to search{dropped}"
            )
        published = expected.get(language, (None, None))
        whole = [found[table] + left_out.get((table, language), 0) for table in ("candidates", "queries")]
        if any(number not in (None, counted[at], whole[at]) for at, number in enumerate(published)):
            candidates, queries = ("any" if number is None else number for number in published)
            raise BenchmarkError(
                f"{files}: {counted[0]} candidates and {counted[1]} queries, but "
                f"{candidates} and {queries} are published: this is not the official file"
            )
    if unknown := set(expected) - set(counts["languages"]):
        raise BenchmarkError(f"published counts for {', '.join(sorted(unknown))}, but no file")
