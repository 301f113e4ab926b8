"""The stage ``encode_texts``: the queries and candidates of a benchmark as vectors.

in:  a model directory; ``results/benchmarks/{benchmark}/{queries,candidates}.parquet``
out: ``results/embeddings/{model}/{benchmark}/{queries,candidates}.npy``, float32 [texts, dimensions], in the order of
     the benchmark's tables, and ``counts.json``: texts, tokens, how many texts were cut, the mean cosine of their
     vectors, the ``precision`` that they were encoded in, the ``similarity`` that they are compared by, the
     ``versions`` of the packages that encoded, and the ``encoder_versions`` of those that prepared the (base) encoder

Vectors are of length 1 where the encoder is scored by the cosine, and as the encoder gives them where it is scored by
the dot product: inner products are its scores either way.

Until all is done, the vectors are in the files of :mod:`equilingual.encoders.parts`, in ``results/work/``. A killed job
goes on from these and gives the same bytes as one that nobody killed. Where several jobs share the work, they are those
of :mod:`equilingual.encoders.shards`.
"""

import logging
import shutil
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from equilingual.config.encoding import EncodingSettings
from equilingual.embeddings import write_embeddings
from equilingual.encoders.collapse import mean_cosine, warn_if_collapsed
from equilingual.encoders.jobs import encoding_job
from equilingual.encoders.parts import EncodedTable
from equilingual.encoders.shards import SIDES, check_texts, read_shards
from equilingual.files import read_json, write_json
from equilingual.manifests import MANIFEST

logger = logging.getLogger(__name__)


def encode_texts(
    *,
    model: str | PathLike[str],
    benchmark: str | PathLike[str],
    encoding: EncodingSettings,
    threads: int,
    work: str | PathLike[str],
    queries_out: str | PathLike[str],
    candidates_out: str | PathLike[str],
    counts_out: str | PathLike[str],
    shards: Sequence[str | PathLike[str]] = (),
) -> None:
    """Encode a benchmark; texts longer than ``encoding`` allows are cut and counted.

    Equal texts get equal vectors: each distinct text is encoded once.

    Args:
        model: the encoder's directory.
        benchmark: the folder of its tables.
        encoding: precision, lengths and batches.
        threads: on a CPU.
        work: a folder of this job alone; it keeps what is finished if the job is killed, and is removed at the end.
        queries_out: the vectors of the queries.
        candidates_out: the vectors of the candidates.
        counts_out: the counts.
        shards: the folders of :func:`equilingual.encoders.shards.encode_shard`, in their order. Where there are any,
            all is encoded already, and is joined.

    Raises:
        DamagedFileError: a table is not what the benchmark's ``counts.json`` says, or a shard is damaged, or is not of
            this model and benchmark.
        EncoderError: the encoder cannot be used in this precision, reads fewer tokens, or gives a vector that is not
            finite.

    """
    counts: dict[str, Any] = {}
    tables = {Path(benchmark) / f"{name}.parquet": side for name, side in SIDES.items()}
    outs = (queries_out, candidates_out)
    if shards:
        found = read_shards(shards, model, benchmark)
        for (path, _), out in zip(tables.items(), outs, strict=True):
            counts[path.stem] = _write(found.table(path), path, out)
        about = found.about
    else:
        with encoding_job(model, encoding, threads=threads, work=work) as job:
            check_texts(benchmark)
            for (path, side), out in zip(tables.items(), outs, strict=True):
                counts[path.stem] = _write(job.encode(path, side), path, out)
            about = job.about()
    made = read_json(Path(model) / MANIFEST)
    write_json(counts | about | {"encoder_versions": made.get("base", made).get("versions", {})}, counts_out)
    shutil.rmtree(work, ignore_errors=True)


def _write(encoded: EncodedTable, table: Path, out: str | PathLike[str]) -> dict[str, Any]:
    """Write the vectors of a table; return its counts."""
    counts = {**encoded.count(), "mean_cosine": mean_cosine(encoded.distinct_vectors())}
    warn_if_collapsed(str(table), counts["mean_cosine"])
    logger.info("%s: %s", table.stem, counts)
    write_embeddings(encoded.vectors(), encoded.shape, out)
    return counts


def encode_translations(
    *,
    model: str | PathLike[str],
    translations: str | PathLike[str],
    encoding: EncodingSettings,
    threads: int,
    work: str | PathLike[str],
    out: str | PathLike[str],
) -> None:
    """Encode translated queries as :func:`encode_texts` does queries, in the order of their table.

    Raises:
        EncoderError: the encoder cannot be used in this precision, reads fewer tokens, or gives a vector that is not
            finite.

    """
    with encoding_job(model, encoding, threads=threads, work=work, passages=False) as job:
        encoded = job.encode(Path(translations), "query")
        logger.info("translated queries: %s", encoded.count())
        write_embeddings(encoded.vectors(), encoded.shape, out)
    shutil.rmtree(work, ignore_errors=True)
