"""TREC run files and relevance judgements, gzipped.

A query is ``{query_language}_{query_id}``: the same question in two languages is two queries.
"""

import gzip
from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path

from equilingual.files import read_columns, replacing


def trec_field(text: str) -> str:
    """Return a text as one field of a TREC file, which cannot hold white space."""
    return "_".join(text.split())


def write_lines(path: str | PathLike[str], lines: Iterable[str]) -> None:
    """Write a gzipped text file; the same lines give the same bytes."""
    # No file name and no time in the header: the same run gives the same bytes.
    with (
        replacing(path) as temporary,
        open(temporary, "wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as file,
    ):
        file.writelines(line.encode() for line in lines)


def read_run(path: str | PathLike[str]) -> dict[str, list[tuple[str, float]]]:
    """Return a TREC run file as query to its (candidate, score), in the order of the file."""
    run: dict[str, list[tuple[str, float]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            query, _, candidate, _, score, _ = line.split()
            run.setdefault(query, []).append((candidate, float(score)))
    return run


def write_qrels(*, benchmark: str | PathLike[str], out: str | PathLike[str], bitext: bool = False) -> None:
    """Write a benchmark's relevance judgements as a gzipped TREC qrels file, for every query language.

    Of a ``bitext`` a query's own text, its answer in its own language, is left out.
    """
    folder = Path(benchmark)
    relevant: dict[str, list[tuple[str, str]]] = {}
    for batch in read_columns(folder / "qrels.parquet", ["query_id", "language", "candidate_id", "relevance"]):
        for query, language, candidate, relevance in zip(*batch.to_pydict().values(), strict=True):
            relevant.setdefault(query, []).append((language, f"{trec_field(candidate)} {relevance}\n"))
    write_lines(out, _qrels_lines(folder, relevant, bitext))


def _qrels_lines(folder: Path, relevant: dict[str, list[tuple[str, str]]], bitext: bool) -> Iterator[str]:
    for batch in read_columns(folder / "queries.parquet", ["language", "query_id"]):
        for language, query in zip(*batch.to_pydict().values(), strict=True):
            name = trec_field(f"{language}_{query}")
            found = relevant.get(query, ())
            yield "".join(f"{name} 0 {line}" for of, line in found if not (bitext and of == language))
