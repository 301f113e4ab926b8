"""TREC run files and relevance judgements, gzipped.

A query is ``{query_language}_{query_id}``: the same question in two languages is two queries.
"""

import gzip
from collections.abc import Iterable
from os import PathLike
from pathlib import Path

import pyarrow.parquet as pq

from equilingual.files import replacing


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


def write_qrels(*, benchmark: str | PathLike[str], out: str | PathLike[str]) -> None:
    """Write a benchmark's relevance judgements as a gzipped TREC qrels file, for every query language."""
    folder = Path(benchmark)
    relevant: dict[str, list[str]] = {}
    for row in pq.read_table(folder / "qrels.parquet").to_pylist():
        relevant.setdefault(row["query_id"], []).append(row["candidate_id"])
    queries = pq.read_table(folder / "queries.parquet", columns=["query_id", "language"]).to_pylist()
    write_lines(
        out,
        (
            f"{trec_field(query['language'] + '_' + query['query_id'])} 0 {trec_field(candidate)} 1\n"
            for query in queries
            for candidate in relevant[query["query_id"]]
        ),
    )
