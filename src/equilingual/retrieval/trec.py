"""TREC run files and relevance judgements, gzipped.

A query is ``{query_language}_{query_id}``: the same question in two languages is two queries.
"""

import gzip
import itertools
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from os import PathLike
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from equilingual.files import reading, replacing
from equilingual.manifests import check_manifest
from equilingual.parquet import read_columns
from equilingual.retrieval.columns import parts_of, places_of
from equilingual.retrieval.tables import ALL, BenchmarkTables

_LINES_AT_ONCE = 64  # or so many queries, whose lines come as one text


def trec_field(text: str) -> str:
    """Return a text as one field of a TREC file, which cannot hold white space."""
    return "_".join(text.split())


def trec_fields(texts: pa.Array) -> pa.Array:
    """Return :func:`trec_field` of every text of an array."""
    return pa.array(map(trec_field, texts.to_pylist()), pa.string())


def write_lines(path: str | PathLike[str], lines: Iterable[str]) -> None:
    """Write a gzipped text file; the same lines give the same bytes. A text may have several lines."""
    # No file name and no time in the header: the same run gives the same bytes.
    with (
        replacing(path) as temporary,
        open(temporary, "wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=raw, mtime=0) as file,
        ThreadPoolExecutor(1) as compressor,
    ):
        # One part is compressed while the next is made.
        compressed = compressor.submit(file.write, b"")
        left = iter(lines)
        while part := list(itertools.islice(left, _LINES_AT_ONCE)):
            content = "".join(part).encode()
            compressed.result()
            compressed = compressor.submit(file.write, content)
        compressed.result()


def read_run(path: str | PathLike[str]) -> dict[str, list[tuple[str, float]]]:
    """Return a TREC run file as query to its (candidate, score), in the order of the file.

    Raises:
        DamagedFileError: the file is missing or damaged: gzip has a CRC-32 of what it holds.

    """
    run: dict[str, list[tuple[str, float]]] = {}
    with reading(path, EOFError, ValueError, zlib.error), gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            query, _, candidate, _, score, _ = line.split()
            run.setdefault(query, []).append((candidate, float(score)))
    return run


def read_tops(runs: str | PathLike[str], tables: BenchmarkTables) -> np.ndarray:
    """Return what every query has first among all languages, from the run files of a folder.

    Returns:
        int64 [queries, depth], rows of ``candidates.parquet``, best first, -1 for padding and for a query not asked.

    Raises:
        DamagedFileError: a run file is not what the folder's manifest says.

    """
    names = [f"{one.pool_name(ALL)}.trec.gz" for one in tables.collections]
    check_manifest(runs, expected=names)
    rows_of_queries = pa.array([trec_field(name) for name in tables.query_names()])
    found = [_read_columns(Path(runs) / name) for name in names]
    table = pa.concat_tables(found)
    depth = pc.max(table["rank"]).as_py() or 0
    tops = np.full((tables.queries.num_rows, depth), -1, dtype=np.int64)
    queries = pc.index_in(table["query"], rows_of_queries).to_numpy()
    fields = map(trec_fields, parts_of(tables.candidates["candidate_id"]))
    tops[queries, table["rank"].to_numpy() - 1] = places_of(fields, table["candidate"].combine_chunks())
    return tops


def _read_columns(path: Path) -> pa.Table:
    names = ["query", "q0", "candidate", "rank", "score", "model"]
    with gzip.open(path) as file:
        is_empty = not file.read(1)  # no query has an answer there
    if is_empty:
        return pa.table(
            {
                "query": pa.array([], pa.string()),
                "candidate": pa.array([], pa.string()),
                "rank": pa.array([], pa.int64()),
            }
        )
    return csv.read_csv(
        path,
        read_options=csv.ReadOptions(column_names=names),
        parse_options=csv.ParseOptions(delimiter=" ", quote_char=False),
        convert_options=csv.ConvertOptions(
            include_columns=["query", "candidate", "rank"],
            column_types={"query": pa.string(), "candidate": pa.string(), "rank": pa.int64()},
            strings_can_be_null=False,
        ),
    )


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
