"""The stage ``check_bitext``: no sentence is trained on that is evaluated.

in:  the sentences of a bitext corpus, the benchmarks' candidates and queries, and the validation pairs
out: ``results/bitext/{corpus}/overlap.parquet``, a row per sentence that is left out of all batches, with the columns
     of :data:`OVERLAP_SCHEMA`, and ``overlap.json`` with counts by benchmark

A sentence overlaps if its text in some language, normalised, is a candidate or a query in any language: short ones
("Thank you.") are in any large corpus by chance. A corpus that has half of the texts of a benchmark's language is that
benchmark by another name, and stops the run.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from equilingual.bitext_files import ID
from equilingual.corpora.overlap import OverlapError
from equilingual.files import write_json
from equilingual.manifests import check_manifest
from equilingual.messages import shown
from equilingual.parquet import column_names, read_columns, read_table, write_parquet
from equilingual.texts import normalize_text

_LOG = logging.getLogger(__name__)

OVERLAP_SCHEMA = pa.schema(
    [("row", pa.int64()), *((name, pa.string()) for name in (ID, "language", "text", "benchmark"))]
)
VALIDATION = "validation"
_REFUSED = 0.5  # fraction of a benchmark's texts in one language
_FEWEST = 20  # texts of a language: of fewer, half may be there by chance

Source = tuple[str, str, str]  # benchmark, table and language


class _Benchmarks(NamedTuple):
    """The texts of the benchmarks: where each normalised one is from, and how many each source has."""

    sources: dict[str, list[Source]]
    sizes: Counter[Source]


def check_bitext(
    *,
    corpus: str,
    sentences: str | PathLike[str],
    benchmarks: Mapping[str, str | PathLike[str]],
    validation: str | PathLike[str] | None = None,
    out: str | PathLike[str],
    counts_out: str | PathLike[str],
) -> None:
    """List the sentences with a text of a benchmark or of the validation pairs, in the order of their rows.

    Args:
        corpus: its name.
        sentences: the table of ``read_bitext``.
        benchmarks: by name, folders with ``candidates.parquet`` and ``queries.parquet``.
        validation: the held-out pairs; ``None`` for none.
        out: the list, a Parquet file.
        counts_out: a JSON file.

    The benchmarks' texts are held in memory, and the sentences are read past them.

    Raises:
        OverlapError: the corpus has at least half of the texts of a benchmark in some language.
        DamagedFileError: a table is not what the benchmark's ``counts.json`` says.

    """
    for folder in benchmarks.values():
        check_manifest(folder, "counts.json", expected=["candidates.parquet", "queries.parquet"])
    texts = _texts(benchmarks, validation)
    rows: dict[int, dict[str, object]] = {}
    met: dict[Source, set[str]] = {}
    for language in column_names(sentences)[1:]:
        for row in _shared(sentences, language, texts, met):
            rows.setdefault(int(str(row["row"])), row)
    _check(corpus, texts.sizes, met)
    ordered = [rows[number] for number in sorted(rows)]
    write_parquet(pa.Table.from_pylist(ordered, schema=OVERLAP_SCHEMA), out)
    counted = Counter(str(row["benchmark"]) for row in ordered)
    names = [*benchmarks, *([VALIDATION] if validation else [])]
    write_json({"corpus": corpus, "left_out": len(ordered), "benchmarks": {n: counted[n] for n in names}}, counts_out)
    if ordered:
        by_name = ", ".join(f"{name}: {count}" for name, count in counted.items())
        _LOG.warning("%s: %d sentences are in a benchmark (%s) and are left out", corpus, len(ordered), by_name)


def _shared(
    sentences: str | PathLike[str], language: str, texts: _Benchmarks, met: dict[Source, set[str]]
) -> Iterator[dict[str, object]]:
    """Yield the rows of sentences whose text in a language is in a benchmark, and note which texts are met."""
    start = 0
    for batch in read_columns(sentences, [ID, language]):
        for number, text in enumerate(batch[language].to_pylist()):
            if text is None or (key := normalize_text(text)) not in texts.sources:
                continue
            sources = texts.sources[key]
            for source in sources:
                met.setdefault(source, set()).add(key)
            row = {"row": start + number, ID: batch[ID][number].as_py(), "language": language}
            yield row | {"text": text, "benchmark": sources[0][0]}
        start += batch.num_rows


def _texts(benchmarks: Mapping[str, str | PathLike[str]], validation: str | PathLike[str] | None) -> _Benchmarks:
    """Return the distinct normalised texts of the benchmarks and of the validation pairs."""
    tables: list[tuple[str, str, str | PathLike[str], str]] = []
    for name, folder in benchmarks.items():
        tables.append((name, "passages", Path(folder) / "candidates.parquet", "passage"))
        tables.append((name, "questions", Path(folder) / "queries.parquet", "text"))
    if validation is not None:
        tables += [(VALIDATION, f"{column}s", validation, column) for column in ("passage", "question")]
    found: dict[str, list[Source]] = {}
    sizes: Counter[Source] = Counter()
    for name, what, path, column in tables:
        table = read_table(path, ["language", column])
        distinct: dict[tuple[str, str], None] = dict.fromkeys(
            zip(map(normalize_text, table[column].to_pylist()), table["language"].to_pylist(), strict=True)
        )
        for key, language in distinct:
            found.setdefault(key, []).append((name, what, language))
            sizes[name, what, language] += 1
    return _Benchmarks(found, sizes)


def _check(corpus: str, sizes: Counter[Source], met: Mapping[Source, Sequence[str] | set[str]]) -> None:
    """Refuse a corpus that holds half of a benchmark in some language."""
    for source, keys in met.items():
        name, what, language = source
        if name != VALIDATION and sizes[source] >= _FEWEST and len(keys) >= _REFUSED * sizes[source]:
            raise OverlapError(
                f"corpora.{corpus} has {len(keys)} of the {sizes[source]} {what} of the benchmark {name} in "
                f"{language}, {shown(min(keys), 80)} among them: nothing is trained on what is evaluated; choose "
                f"another corpus, or do not evaluate on {name}"
            )
