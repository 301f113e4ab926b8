"""The stage ``build_fitting_text``: texts that debiasing is fitted on, none of them a benchmark's.

in:  human translations (``references`` of ``registry.toml``), or the pairs of a training set in every language
out: ``results/fitting/{name}/{queries,candidates}.parquet``: ``text_id`` (the same for translations of one text),
     ``language``, ``text``; and ``counts.json``: texts by language, and the tables' SHA-256
"""

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import pyarrow as pa

from equilingual.files import sha256_of, write_json
from equilingual.numbering import group_files, text_hashes
from equilingual.parquet import read_columns, write_parquet
from equilingual.retrieval.debias.removal import DebiasError
from equilingual.translation.references import read_questions, read_reference

_SCHEMA = pa.schema([(name, pa.string()) for name in ("text_id", "language", "text")])
_COLUMNS = ["pair_id", "question", "passage"]
_PAIRS = pa.schema([(name, pa.string()) for name in _COLUMNS])

Place = str | PathLike[str]
Row = tuple[str, str, str]  # id, question, passage


def build_fitting_text(
    *,
    name: str,
    file_format: str,
    files: Sequence[Place],
    sources: Sequence[str],
    languages: Sequence[str],
    texts: int,
    seed: int,
    out: Place,
    left_out: Sequence[tuple[int, int]] = (),
) -> None:
    """Draw texts of each language, by the hash of their ids with the seed.

    So a text comes in every language that has it, and SHIFT has its parallel texts, whatever else exists. Rows are in
    the order of the languages, then of the hashes.

    Args:
        name: of the calibration corpus.
        file_format: ``pairs`` (canonical pairs: questions are queries, passages are candidates), ``squad`` (the same,
            with paragraphs), or ``lines`` (each line is a query and a candidate).
        files: one of each source in each language, the languages of one source together.
        sources: the names of corpora, or of one reference.
        languages: BCP-47 tags.
        texts: the number to sample from each language; fewer if a language has fewer.
        seed: of the sample.
        out: the folder.
        left_out: of ``lines``, the first and last line, from 1, of parts that are a benchmark's.

    Memory: 8 bytes a pair of one language, and the chosen texts.

    Raises:
        DebiasError: a language has no text.

    """
    by_source = group_files(files, sources, languages)
    drawn: dict[str, list[Row]] = {}
    for language in languages:
        own = {source: by_language[language] for source, by_language in by_source.items()}
        drawn[language] = _draw(file_format, own, texts, seed, left_out)
        if not drawn[language]:
            raise DebiasError(f"the calibration corpus {name} has no text in {language!r}: choose another one")
    folder = Path(out)
    for table, column in (("queries", 1), ("candidates", 2)):
        rows = [(row[0], language, row[column]) for language, own_rows in drawn.items() for row in own_rows]
        columns = [list(values) for values in zip(*rows, strict=True)]
        write_parquet(pa.table(columns, schema=_SCHEMA), folder / f"{table}.parquet")
    counts = {"fitting_text": name, "seed": seed, "texts": {language: len(rows) for language, rows in drawn.items()}}
    written = {f"{table}.parquet": sha256_of(folder / f"{table}.parquet") for table in ("queries", "candidates")}
    write_json(counts | {"files": written}, folder / "counts.json")


def _draw(
    file_format: str, files: Mapping[str, Place], texts: int, seed: int, left_out: Sequence[tuple[int, int]]
) -> list[Row]:
    """Return the rows of one language whose ids' hashes are the lowest, in their order."""
    # The ids come first, so that no more texts of a large corpus are held than are drawn.
    hashes = [
        text_hashes((f"{seed}/{source}/{key}" for key in batch["pair_id"].to_pylist()), normalised=False)
        for source, batch in _batches(file_format, files, _COLUMNS[:1], left_out)
    ]
    chosen = np.argsort(np.concatenate([np.empty(0, np.uint64), *hashes]), kind="stable")[:texts]
    wanted = np.sort(chosen)
    found: dict[int, Row] = {}
    start = 0
    for source, batch in _batches(file_format, files, _COLUMNS, left_out):
        here = wanted[np.searchsorted(wanted, start) : np.searchsorted(wanted, start + batch.num_rows)]
        for number, row in zip(here.tolist(), batch.take(here - start).to_pylist(), strict=True):
            found[number] = (f"{source}/{row['pair_id']}", row["question"], row["passage"])
        start += batch.num_rows
    return [found[number] for number in chosen.tolist()]


def _batches(
    file_format: str, files: Mapping[str, Place], columns: Sequence[str], left_out: Sequence[tuple[int, int]]
) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Yield (source, some of its rows) of one language, in order."""
    for source, file in files.items():
        if file_format == "pairs":
            yield from ((source, batch) for batch in read_columns(file, columns))
            continue
        if file_format == "lines":
            pairs = [(line, line) for line in read_reference("lines", file)]
        else:
            pairs = read_questions(file)
        rows = [
            {"pair_id": str(number), "question": question, "passage": passage}
            for number, (question, passage) in enumerate(pairs)
            if not any(first <= number + 1 <= last for first, last in left_out)
        ]
        yield source, pa.RecordBatch.from_pylist(rows, schema=_PAIRS).select(columns)
