"""The stage ``encode_texts``: the queries and candidates of a benchmark as vectors.

in:  a model directory; ``results/benchmarks/{benchmark}/{queries,candidates}.parquet``
out: ``results/embeddings/{model}/{benchmark}/{queries,candidates}.npy``, float32 [texts, dimensions], in the order of
     the benchmark's tables, and ``counts.json``: texts, tokens, how many texts were cut, the mean cosine of their
     vectors, the ``precision`` that they were encoded in, the ``similarity`` that they are compared by, the
     ``versions`` of the packages that encoded, and the ``encoder_versions`` of those that prepared the (base) encoder

Vectors are of length 1 where the encoder is scored by the cosine, and as the encoder gives them where it is scored by
the dot product: inner products are its scores either way.
"""

import logging
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from equilingual.config.encoding import EncodingSettings
from equilingual.devices import compute_device
from equilingual.embeddings import write_embeddings
from equilingual.encoders.checks import EncoderError, check_lengths
from equilingual.encoders.collapse import NotFiniteError, check_finite, mean_cosine, warn_if_collapsed
from equilingual.encoders.declared import Side, similarity_of, vectors_of
from equilingual.encoders.precision import open_encoder
from equilingual.encoders.tokens import Tokens, tokenize
from equilingual.files import read_json, write_json
from equilingual.manifests import MANIFEST, check_manifest
from equilingual.parquet import read_table
from equilingual.provenance import package_versions

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

# Where batches of 1024 to 16,384 tokens were tried, on two cores, these were the fastest: they stay in the caches.
_BATCH_TOKENS_ON_CPU = 2048
_BATCH_TOKENS_ON_GPU = 32_768


def encode_texts(
    *,
    model: str | PathLike[str],
    benchmark: str | PathLike[str],
    encoding: EncodingSettings,
    threads: int,
    queries_out: str | PathLike[str],
    candidates_out: str | PathLike[str],
    counts_out: str | PathLike[str],
) -> None:
    """Encode a benchmark; texts longer than ``encoding`` allows are cut and counted.

    Equal texts get equal vectors: each distinct text is encoded once.

    Raises:
        DamagedFileError: a table is not what the benchmark's ``counts.json`` says.
        EncoderError: the encoder cannot be used in this precision, reads fewer tokens, or gives a vector that is not
            finite.

    """
    counts: dict[str, Any] = {}
    with compute_device(threads) as device:
        encoder = open_encoder(model, device=device, precision=encoding.precision)
        lengths = {"encoding.query_length": encoding.query_length, "encoding.passage_length": encoding.passage_length}
        check_lengths(encoder, lengths)
        check_manifest(benchmark, "counts.json", expected=["queries.parquet", "candidates.parquet"])
        sides: tuple[tuple[str, Side, int, str | PathLike[str]], ...] = (
            ("queries", "query", encoding.query_length, queries_out),
            ("candidates", "document", encoding.passage_length, candidates_out),
        )
        for table, prompt, length, out in sides:
            path = Path(benchmark) / f"{table}.parquet"
            texts = read_table(path, ["text"])["text"].to_pylist()
            vectors, counts[table] = embed_and_count(
                encoder, texts, prompt=prompt, length=length, batch_tokens=encoding.batch_tokens, where=str(path)
            )
            counts[table]["mean_cosine"] = mean_cosine(texts, vectors)
            warn_if_collapsed(str(path), counts[table]["mean_cosine"])
            logger.info("%s: %s", table, counts[table])
            write_embeddings([vectors], vectors.shape, out)
        counts |= {
            "precision": encoding.precision,
            "similarity": similarity_of(encoder),
            "versions": package_versions(),
        }
    about = read_json(Path(model) / MANIFEST)
    write_json(counts | {"encoder_versions": about.get("base", about).get("versions", {})}, counts_out)


def encode_translations(
    *,
    model: str | PathLike[str],
    translations: str | PathLike[str],
    encoding: EncodingSettings,
    threads: int,
    out: str | PathLike[str],
) -> None:
    """Encode translated queries as :func:`encode_texts` does queries, in the order of their table.

    Raises:
        EncoderError: the encoder cannot be used in this precision, reads fewer tokens, or gives a vector that is not
            finite.

    """
    texts = read_table(translations, ["text"])["text"].to_pylist()
    with compute_device(threads) as device:
        encoder = open_encoder(model, device=device, precision=encoding.precision)
        check_lengths(encoder, {"encoding.query_length": encoding.query_length})
        vectors, counts = embed_and_count(
            encoder,
            texts,
            prompt="query",
            length=encoding.query_length,
            batch_tokens=encoding.batch_tokens,
            where=str(translations),
        )
    logger.info("translated queries: %s", counts)
    write_embeddings([vectors], vectors.shape, out)


def embed(
    encoder: "SentenceTransformer",
    texts: Sequence[str],
    *,
    prompt: Side,
    length: int,
    batch_tokens: int | None = None,
    progress: bool = True,
    where: str = "texts",
) -> np.ndarray:
    """Return the vectors of :func:`embed_and_count`."""
    vectors, _ = embed_and_count(
        encoder, texts, prompt=prompt, length=length, batch_tokens=batch_tokens, progress=progress, where=where
    )
    return vectors


def embed_and_count(
    encoder: "SentenceTransformer",
    texts: Sequence[str],
    *,
    prompt: Side,
    length: int,
    batch_tokens: int | None = None,
    progress: bool = True,
    where: str = "texts",
) -> tuple[np.ndarray, dict[str, int]]:
    """Encode texts, each distinct one once, in the order of their tokens: little is padded, and no order shows.

    Args:
        encoder: runs as it is, with all its modules; :func:`open_encoder` gives it in a precision.
        texts: in any order.
        prompt: ``"query"`` or ``"document"``; the encoder's own text for it stands before each text, and texts go the
            encoder's way for it, as by ``encode_query`` and ``encode_document``.
        length: tokens that are read of a text at most, the prompt's included.
        batch_tokens: tokens that are computed at once, padding included; a longer text is computed alone. ``None``
            takes what suits the device.
        progress: whether to show a bar.
        where: the texts' table, as an error names it.

    Returns:
        float32 [texts, dimensions] in the order of ``texts``, of length 1 unless the encoder is scored by the dot
        product; and the numbers of texts, of their tokens before any cut, and of texts that were cut.

    Raises:
        EncoderError: a vector is not finite.

    """
    if not texts:
        return np.empty((0, encoder.get_embedding_dimension() or 0), np.float32), {"texts": 0, "tokens": 0, "cut": 0}
    distinct = sorted(dict.fromkeys(texts), key=len)
    row_of = {text: row for row, text in enumerate(distinct)}
    rows = np.array([row_of[text] for text in texts])
    tokens = tokenize(encoder, distinct, prompt=prompt, length=length)
    whole = tokens.whole[rows]
    counts = {"texts": len(texts), "tokens": int(whole.sum()), "cut": int((whole > tokens.sizes[rows]).sum())}
    try:
        return _vectors_of(encoder, tokens, prompt, batch_tokens, progress)[rows], counts
    except NotFiniteError as error:
        row = min(texts.index(distinct[row]) for row in error.rows)
        raise EncoderError(
            f"{where}, row {row}: the vector of {texts[row][:80]!r} is not finite: the encoder overflows in "
            "encoding.precision, or has diverged in training (look at its loss)"
        ) from None


def _vectors_of(
    encoder: "SentenceTransformer", tokens: Tokens, side: Side, batch_tokens: int | None, progress: bool
) -> np.ndarray:
    import torch
    from torch.nn import functional
    from tqdm import tqdm

    encoder.eval()
    device = encoder.device
    at_once = batch_tokens or (_BATCH_TOKENS_ON_CPU if device.type == "cpu" else _BATCH_TOKENS_ON_GPU)
    vectors = None
    with torch.inference_mode(), tqdm(total=len(tokens.sizes), unit=" texts", disable=not progress) as bar:
        for rows, features in tokens.batches(at_once):
            on_device = {name: value.to(device) if hasattr(value, "to") else value for name, value in features.items()}
            given = vectors_of(encoder, on_device, side)
            check_finite(given, rows)
            given = given.float()
            found = (given if similarity_of(encoder) == "dot" else functional.normalize(given, dim=1)).cpu().numpy()
            if vectors is None:
                vectors = np.empty((len(tokens.sizes), found.shape[1]), dtype=np.float32)
            vectors[rows] = found
            bar.update(len(rows))
    assert vectors is not None
    return vectors
