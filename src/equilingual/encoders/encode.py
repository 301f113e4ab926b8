"""The stage ``encode_texts``: the queries and candidates of a benchmark as vectors.

in:  a model directory; ``results/benchmarks/{benchmark}/{queries,candidates}.parquet``
out: ``results/embeddings/{model}/{benchmark}/{queries,candidates}.npy``, float32 [texts, dimensions], in the order of
     the benchmark's tables, and ``counts.json``: texts, tokens, how many texts were cut, the mean cosine of their
     vectors, the ``precision`` that they were encoded in, the ``similarity`` that they are compared by, the
     ``versions`` of the packages that encoded, and the ``encoder_versions`` of those that prepared the (base) encoder

Vectors are of length 1 where the encoder is scored by the cosine, and as the encoder gives them where it is scored by
the dot product: inner products are its scores either way.

Until all is done, the vectors are in the files of :mod:`equilingual.encoders.parts`, in ``results/work/``. A killed job
goes on from these and gives the same bytes as one that nobody killed.
"""

import json
import logging
import shutil
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.config.encoding import EncodingSettings
from equilingual.devices import compute_device
from equilingual.embeddings import write_embeddings
from equilingual.encoders.checks import check_lengths
from equilingual.encoders.collapse import mean_cosine, warn_if_collapsed
from equilingual.encoders.declared import Side, similarity_of
from equilingual.encoders.parts import encode_table
from equilingual.encoders.precision import open_encoder, settle_precision
from equilingual.files import read_json, sha256_of, write_json
from equilingual.manifests import MANIFEST, check_manifest
from equilingual.provenance import code_digest, package_versions

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

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

    Raises:
        DamagedFileError: a table is not what the benchmark's ``counts.json`` says.
        EncoderError: the encoder cannot be used in this precision, reads fewer tokens, or gives a vector that is not
            finite.

    """
    counts: dict[str, Any] = {}
    with compute_device(threads) as device:
        encoding = settle_precision(encoding, device)
        encoder = open_encoder(model, device=device, precision=encoding.precision)
        lengths = {"encoding.query_length": encoding.query_length, "encoding.passage_length": encoding.passage_length}
        check_lengths(encoder, lengths)
        check_manifest(benchmark, "counts.json", expected=["queries.parquet", "candidates.parquet"])
        sides: tuple[tuple[str, Side, int, str | PathLike[str]], ...] = (
            ("queries", "query", encoding.query_length, queries_out),
            ("candidates", "document", encoding.passage_length, candidates_out),
        )
        made_by = _maker(model, encoding, encoder, threads)
        encode = partial(encode_table, encoder, batch_tokens=encoding.batch_tokens, folder=work, made_by=made_by)
        for table, prompt, length, out in sides:
            path = Path(benchmark) / f"{table}.parquet"
            encoded = encode(path, prompt=prompt, length=length)
            counts[table] = {**encoded.count(), "mean_cosine": mean_cosine(encoded.distinct_vectors())}
            warn_if_collapsed(str(path), counts[table]["mean_cosine"])
            logger.info("%s: %s", table, counts[table])
            write_embeddings(encoded.vectors(), encoded.shape, out)
        counts |= {
            "precision": encoding.precision,
            "similarity": similarity_of(encoder),
            "versions": package_versions(),
        }
    about = read_json(Path(model) / MANIFEST)
    write_json(counts | {"encoder_versions": about.get("base", about).get("versions", {})}, counts_out)
    shutil.rmtree(work, ignore_errors=True)


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
    with compute_device(threads) as device:
        encoding = settle_precision(encoding, device)
        encoder = open_encoder(model, device=device, precision=encoding.precision)
        check_lengths(encoder, {"encoding.query_length": encoding.query_length})
        encoded = encode_table(
            encoder,
            Path(translations),
            prompt="query",
            length=encoding.query_length,
            batch_tokens=encoding.batch_tokens,
            folder=work,
            made_by=_maker(model, encoding, encoder, threads),
        )
        logger.info("translated queries: %s", encoded.count())
        write_embeddings(encoded.vectors(), encoded.shape, out)
    shutil.rmtree(work, ignore_errors=True)


def _maker(model: str | PathLike[str], encoding: EncodingSettings, encoder: "SentenceTransformer", threads: int) -> str:
    """Return what vectors follow from besides the texts and how they are read: a resumed job computes no others.

    Another number of threads adds up in another order, and another version of a package may compute in another way.
    """
    device = encoder.device.type
    computed = [device, threads if device == "cpu" else None, encoding.precision]
    return json.dumps(
        [sha256_of(Path(model) / MANIFEST), *computed, package_versions(), code_digest(__file__)], sort_keys=True
    )
