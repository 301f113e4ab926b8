"""Texts as vectors, each distinct text once."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from equilingual.encoders.checks import EncoderError
from equilingual.encoders.collapse import NotFiniteError, check_finite
from equilingual.encoders.declared import Side, similarity_of, vectors_of
from equilingual.encoders.tokens import tokenize

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Where batches of 1024 to 16,384 tokens were tried, on two cores, these were the fastest: they stay in the caches.
_BATCH_TOKENS_ON_CPU = 2048
_BATCH_TOKENS_ON_GPU = 32_768


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
    """Encode texts in memory, each distinct one once.

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
        product.

    Raises:
        EncoderError: a vector is not finite.

    """
    from tqdm import tqdm

    if not texts:
        return np.empty((0, encoder.get_embedding_dimension() or 0), np.float32)
    number_of = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    distinct = list(number_of)
    with tqdm(total=len(distinct), unit=" texts", disable=not progress) as bar:
        try:
            found = embed_distinct(
                encoder, distinct, prompt=prompt, length=length, batch_tokens=batch_tokens, done=bar.update
            )
        except NotFiniteError as error:
            row = min(texts.index(distinct[number]) for number in error.rows)
            raise not_finite(where, row, texts[row]) from None
    vectors: np.ndarray = found["vector"][[number_of[text] for text in texts]]
    return vectors


def embed_distinct(
    encoder: "SentenceTransformer",
    texts: Sequence[str],
    *,
    prompt: Side,
    length: int,
    batch_tokens: int | None,
    done: Callable[[int], object],
) -> np.ndarray:
    """Encode different texts in the order of their tokens: little is padded, and no order shows.

    Args:
        encoder: as for :func:`embed`.
        texts: at least one.
        prompt: as for :func:`embed`.
        length: as for :func:`embed`.
        batch_tokens: as for :func:`embed`.
        done: called after each batch with the number of its texts.

    Returns:
        [texts], with the fields ``vector`` (float32 [dimensions]), ``tokens`` (int32, the text's own before any cut)
        and ``cut`` (whether the text is longer than ``length``).

    Raises:
        NotFiniteError: a vector is not finite.

    """
    order = np.array(sorted(range(len(texts)), key=lambda number: len(texts[number])))
    tokens = tokenize(encoder, [texts[number] for number in order], prompt=prompt, length=length)
    encoder.eval()
    found = None
    for rows, features in tokens.batches(tokens_at_once(encoder, batch_tokens)):
        numbers = order[rows]
        vectors = _compute(encoder, features, prompt, numbers)
        if found is None:
            fields = [("vector", "<f4", (vectors.shape[1],)), ("tokens", "<i4"), ("cut", "?")]
            found = np.empty(len(texts), dtype=fields)
        found["vector"][numbers] = vectors
        done(len(numbers))
    assert found is not None
    found["tokens"][order], found["cut"][order] = tokens.whole, tokens.whole > tokens.sizes
    return found


def _compute(encoder: "SentenceTransformer", features: dict[str, Any], side: Side, numbers: np.ndarray) -> np.ndarray:
    """Return the vectors of a batch, float32; ``numbers`` are those of its texts, for an error."""
    import torch
    from torch.nn import functional

    with torch.inference_mode():
        on_device = {
            name: value.to(encoder.device) if hasattr(value, "to") else value for name, value in features.items()
        }
        given = vectors_of(encoder, on_device, side)
        check_finite(given, numbers)
        given = given.float()
        scaled = given if similarity_of(encoder) == "dot" else functional.normalize(given, dim=1)
        found: np.ndarray = scaled.cpu().numpy()
        return found


def tokens_at_once(encoder: "SentenceTransformer", batch_tokens: int | None) -> int:
    """Return the tokens of a batch: ``batch_tokens``, or for ``None`` what suits the encoder's device."""
    return batch_tokens or (_BATCH_TOKENS_ON_CPU if encoder.device.type == "cpu" else _BATCH_TOKENS_ON_GPU)


def not_finite(where: str, row: int, text: str) -> EncoderError:
    """Return the error for a text whose vector is not finite; ``row`` is its first one in the table ``where``."""
    return EncoderError(
        f"{where}, row {row}: the vector of {text[:80]!r} is not finite: the encoder overflows in "
        "encoding.precision, or has diverged in training (look at its loss)"
    )
