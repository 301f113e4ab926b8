"""Read embeddings, and refuse those that no ranking can be trusted on.

in: ``results/embeddings/{model}/{benchmark}/{queries,candidates}.npy``
"""

from os import PathLike

import numpy as np


class EmbeddingsError(ValueError):
    """Embeddings are not what the benchmark's table asks for, or not numbers."""


def read_embeddings(path: str | PathLike[str], *, rows: int) -> np.ndarray:
    """Return the embeddings of a table of ``rows`` texts, float32 [rows, dimensions], in the order of the table.

    Raises:
        EmbeddingsError: their number is not ``rows``, or one has a value that is not finite. Every comparison with NaN
            is false, so counted ranks of a model that diverged would all be 1: a perfect score.

    """
    vectors = np.ascontiguousarray(np.load(path), dtype=np.float32)
    if vectors.ndim != 2 or len(vectors) != rows:
        raise EmbeddingsError(f"{path}: shape {vectors.shape}, expected {rows} vectors: encode the benchmark again")
    broken = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(broken):
        raise EmbeddingsError(
            f"{path}: {len(broken)} of {rows} vectors are not finite, the first is row {broken[0]}: "
            f"look at the model's training loss; it has probably diverged"
        )
    return vectors
