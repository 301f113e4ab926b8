"""How vectors of queries and of documents are compared: by the cosine, or by the dot product."""

from typing import Literal

Similarity = Literal["cosine", "dot"]


def scored_by(declared: str | None, *, asked: Similarity | None, unit: bool) -> Similarity:
    """Return what an encoder is scored by.

    Args:
        declared: the model's own ``similarity_fn_name``; ``None`` is the cosine, as in sentence-transformers.
        asked: the configuration's ``similarity``, which comes before the model's own.
        unit: whether the model's vectors are of length 1. Then the dot product is the cosine, and Euclidean distances
            order as cosines do: |q - d|² = 2 - 2 cos(q, d). Manhattan distances do not.

    Raises:
        ValueError: the declared similarity orders documents otherwise than either.

    """
    name = asked or declared or "cosine"
    if name == "cosine" or (unit and name in ("dot", "euclidean")):
        return "cosine"
    if name == "dot":
        return "dot"
    raise ValueError(
        f"its similarity_fn_name is {name!r:.80}, but only cosine and dot product are supported: set "
        "'similarity' to cosine or dot"
    )


# Why an encoder is not trained, by what it is scored by or by what reads its texts.
UNTRAINABLE = {
    "dot": (
        "it is scored by the dot product, but the training loss uses cosine similarity: set its 'similarity' to "
        "cosine for training and scores, or set 'train: false' to score it untrained"
    ),
    "Router": (
        "queries and documents have different routes (Router), and only an encoder with one transformer for "
        "both can be trained: set 'train: false' to score it untrained"
    ),
    "StaticEmbedding": (
        "its texts are encoded by a StaticEmbedding, and only transformers can be trained: set 'train: false' to score "
        "it untrained"
    ),
}
