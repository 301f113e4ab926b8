"""The stage ``translate_queries``: a benchmark's queries in the languages of its candidates, for a baseline.

in:  a benchmark's tables
out: ``results/queries/{benchmark}/{engine}.parquet``: ``row`` (of ``queries.parquet``, ascending), ``language`` (of the
     candidates that it is asked among) and ``text``, the translation; and ``{engine}.json``: what was translated,
     which language pairs the engine does not support, and how many translations are empty

"Translate the query, then search within the language" is the baseline of cross-lingual retrieval without a
multilingual encoder. Queries whose language pair is unsupported, or whose translation is empty, get no row and are
searched untranslated.
"""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import pyarrow as pa

from equilingual.files import write_json
from equilingual.parquet import read_table, write_parquet
from equilingual.provenance import package_versions
from equilingual.retrieval.tables import read_tables
from equilingual.translation.engines.catalogue import EngineSpec, licence, packages
from equilingual.translation.quality import translate_all

SCHEMA = pa.schema([("row", pa.int64()), ("language", pa.string()), ("text", pa.string())])


def translate_queries(
    *,
    benchmark: str | PathLike[str],
    engine: EngineSpec,
    pairs: Sequence[tuple[str, str]],
    threads: int,
    cache: str | PathLike[str],
    out: str | PathLike[str],
    counts_out: str | PathLike[str],
) -> None:
    """Translate each query into every other language that its collection has candidates in.

    Args:
        benchmark: the folder of its tables.
        engine: its settings.
        pairs: (source, target) that the engine has.
        threads: processor threads.
        cache: the folder of the translations' cache.
        out: the table.
        counts_out: what is told of it.

    Raises:
        EngineError: the engine is not installed or has stopped.
        CacheError: a file of the cache is damaged.

    """
    folder, tables = Path(benchmark), read_tables(benchmark)
    texts = read_table(folder / "queries.parquet", ["text"])["text"].to_pylist()
    tags = np.array(tables.queries["language"].to_pylist(), dtype=str)
    asked: dict[tuple[str, str], list[int]] = {}
    for collection in tables.collections:
        for row in collection.queries.tolist():
            for target in collection.languages:
                if target != tags[row]:
                    asked.setdefault((str(tags[row]), target), []).append(row)
    able = {(source, target) for source, target in pairs}
    found, empty = [], 0
    for pair, rows in sorted(asked.items()):
        if pair not in able:
            continue
        translated = translate_all(engine, *pair, [texts[row] for row in rows], threads=threads, cache=cache)
        there = [(row, pair[1], one["translation"]) for row, one in zip(rows, translated, strict=True)]
        found += [one for one in there if one[2].strip()]
        empty += sum(not one[2].strip() for one in there)
    found.sort(key=lambda one: one[:2])
    columns = [list(column) for column in zip(*found, strict=True)] or [[], [], []]
    write_parquet(pa.table(columns, schema=SCHEMA), Path(out))
    about = {"benchmark": folder.name, "engine": engine["name"], "licence": licence(engine)}
    counts: dict[str, dict[str, int]] = {"translated": {}, "as_they_are": {}}
    for pair, rows in sorted(asked.items()):
        counts["translated" if pair in able else "as_they_are"]["-".join(pair)] = len(rows)
    versions = package_versions(*packages(engine))
    write_json(about | counts | {"empty": empty, "versions": versions}, counts_out)
