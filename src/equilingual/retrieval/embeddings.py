"""Read embeddings, and refuse those that no ranking can be trusted on.

in: ``results/embeddings/{model}/{benchmark}/{queries,candidates}.npy``
"""

from os import PathLike

import numpy as np

VECTORS_AT_ONCE = 65_536


class EmbeddingsError(ValueError):
    """Embeddings are not what the benchmark's table asks for, or not numbers."""


def read_embeddings(path: str | PathLike[str], *, rows: int) -> np.ndarray:
    """Return the embeddings of a table of ``rows`` texts, float32 [rows, dimensions], in the order of the table.

    Raises:
        EmbeddingsError: their number is not ``rows``, or one has a value that is not finite. Every comparison with NaN
            is false, so counted ranks of a model that diverged would all be 1: a perfect score.

    """
    return np.ascontiguousarray(open_embeddings(path, rows=rows), dtype=np.float32)


def open_embeddings(path: str | PathLike[str], *, rows: int) -> np.ndarray:
    """Return the embeddings as :func:`read_embeddings` does, but left in their file, and of its dtype.

    Raises:
        EmbeddingsError: their number is not ``rows``, or one has a value that is not finite.

    """
    vectors = np.load(path, mmap_mode="r")
    if vectors.ndim != 2 or len(vectors) != rows:
        raise EmbeddingsError(f"{path}: shape {vectors.shape}, expected {rows} vectors: encode the benchmark again")
    parts = [vectors[start : start + VECTORS_AT_ONCE] for start in range(0, rows, VECTORS_AT_ONCE)]
    broken = np.flatnonzero(np.concatenate([np.zeros(0, bool), *(~np.isfinite(part).all(axis=1) for part in parts)]))
    if len(broken):
        raise EmbeddingsError(
            f"{path}: {len(broken)} of {rows} vectors are not finite, the first is row {broken[0]}: "
            f"look at the model's training loss; it has probably diverged"
        )
    return vectors
