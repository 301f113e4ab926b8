"""The stage ``measure_shard``: what the quality filters will judge, text by text.

in:  ``results/translations/{corpus}/{language}/part-{shard}.parquet``
out: ``measured-{shard}.parquet`` beside it: the same rows, with the fields of :class:`~…filters.Measures`

A stage of its own: an edit of a measure translates nothing again, and an edit of a threshold measures nothing again.
"""

from collections.abc import Mapping
from os import PathLike
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from equilingual.parquet import read_footer
from equilingual.provenance import as_metadata, installed_versions, versions_in
from equilingual.translation.filters import measure
from equilingual.translation.stage import SHARD_SCHEMA, read_shard, shard_writer

MEASURED_SCHEMA = pa.schema(
    [
        *SHARD_SCHEMA,
        ("language", pa.float64()),
        ("script", pa.float64()),
        ("untranslated", pa.float64()),
        ("length", pa.float64()),
        ("source_sentences", pa.int32()),
        ("sentences", pa.int32()),
        ("repeats", pa.int32()),
        ("copy", pa.bool_()),
        ("characters", pa.int32()),
        ("words", pa.float64()),
        ("lost", pa.float64()),
    ]
)


def measure_shard(*, part: str | PathLike[str], source: str, language: str, out: str | PathLike[str]) -> None:
    """Measure the translations of one shard, in the order of its rows; memory does not grow with their number.

    Args:
        part: the shard.
        source: BCP-47 tag of its texts.
        language: BCP-47 tag of the translations.
        out: the file that is written.

    Raises:
        DamagedFileError: the shard is not what was written.

    """
    versions = versions_in([read_footer(part).metadata]) | installed_versions("py3langid")
    with shard_writer(out, MEASURED_SCHEMA.with_metadata(as_metadata(versions))) as writer:
        for batch in read_shard(part):
            rows = [measured(row, source, language) for row in batch.to_pylist()]
            writer.write_table(pa.Table.from_pylist(rows, schema=MEASURED_SCHEMA))


def measured(row: Mapping[str, Any], source: str, language: str) -> dict[str, Any]:
    """Return a row of a shard with its measures; ``source`` and ``language`` as of :func:`measure_shard`."""
    return {**row, **measure(row["text"], row["translation"], source, language)._asdict()}


def count_compared(source_sentences: pa.Array | pa.ChunkedArray) -> dict[str, int]:
    """Return of how many texts the sentences are ``compared``, are a ``single`` one, or cannot be counted.

    Args:
        source_sentences: the measure of texts that have a translation.

    """
    uncounted = source_sentences.null_count
    compared = pc.sum(pc.greater(source_sentences, 1)).as_py() or 0
    return {"compared": compared, "single": len(source_sentences) - uncounted - compared, "uncounted": uncounted}
