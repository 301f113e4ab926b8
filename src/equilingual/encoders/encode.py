"""The stage ``encode_texts``: the queries and candidates of a benchmark as vectors.

in:  a model directory; ``results/benchmarks/{benchmark}/{queries,candidates}.parquet``
out: ``results/embeddings/{model}/{benchmark}/{queries,candidates}.npy``, float32 [texts, dimensions], of length 1,
     in the order of the benchmark's tables, and ``counts.json``: texts, tokens, and how many texts were cut
"""

import logging
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from equilingual.devices import compute_device
from equilingual.encoders.loading import load_encoder
from equilingual.files import replacing, write_json

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)


def encode_texts(
    *,
    model: str | PathLike[str],
    benchmark: str | PathLike[str],
    query_length: int,
    passage_length: int,
    batch_size: int,
    threads: int,
    queries_out: str | PathLike[str],
    candidates_out: str | PathLike[str],
    counts_out: str | PathLike[str],
) -> None:
    """Encode a benchmark; lengths are in tokens, prompt included, and texts over them are cut and counted.

    Equal texts get equal vectors: each distinct text is encoded once.
    """
    counts = {}
    with compute_device(threads) as device:
        encoder = load_encoder(model, device=device)
        for table, prompt, length, out in (
            ("queries", "query", query_length, queries_out),
            ("candidates", "document", passage_length, candidates_out),
        ):
            texts = pq.read_table(Path(benchmark) / f"{table}.parquet", columns=["text"])["text"].to_pylist()
            counts[table] = count_tokens(encoder, texts, prompt=prompt, length=length)
            logger.info("%s: %s", table, counts[table])
            vectors = embed(encoder, texts, prompt=prompt, length=length, batch_size=batch_size)
            with replacing(out) as temporary, open(temporary, "wb") as file:
                np.save(file, vectors)
    write_json(counts, counts_out)


def count_tokens(encoder: "SentenceTransformer", texts: Sequence[str], *, prompt: str, length: int) -> dict[str, int]:
    """Return the number of texts, of their tokens before any cut, and of the texts longer than ``length`` tokens."""
    before = encoder.prompts.get(prompt) or ""
    sizes = [len(ids) for ids in encoder.tokenizer([before + text for text in texts])["input_ids"]]
    return {"texts": len(sizes), "tokens": sum(sizes), "cut": sum(size > length for size in sizes)}


def embed(
    encoder: "SentenceTransformer",
    texts: Sequence[str],
    *,
    prompt: str,
    length: int,
    batch_size: int,
    progress: bool = True,
) -> np.ndarray:
    """Return float32 [texts, dimensions] of length 1; ``prompt`` is ``"query"`` or ``"document"``."""
    distinct = list(dict.fromkeys(texts))
    encoder.max_seq_length = length
    text_before = encoder.prompts.get(prompt) or ""
    vectors = encoder.encode(
        distinct,
        prompt=text_before,
        batch_size=batch_size,
        normalize_embeddings=True,
        show_progress_bar=progress,
        convert_to_numpy=True,
    )
    position = {text: row for row, text in enumerate(distinct)}
    return np.ascontiguousarray(vectors[[position[text] for text in texts]], dtype=np.float32)
