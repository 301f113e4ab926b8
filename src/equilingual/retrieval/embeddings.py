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

    They stay in their file, and cannot be written to.

    Raises:
        EmbeddingsError: the file is cut short, their number is not ``rows``, or one has a value that is not finite.
            Every comparison with NaN is false, so counted ranks of a model that diverged would all be 1: perfect.

    """
    try:
        vectors = np.load(path, mmap_mode="r")
    except (ValueError, EOFError) as error:
        raise EmbeddingsError(f"{path} is damaged ({error}): delete it, and encode the benchmark again") from None
    if vectors.ndim != 2 or len(vectors) != rows or vectors.dtype != np.float32:
        found = f"{vectors.dtype} of shape {vectors.shape}"
        raise EmbeddingsError(f"{path}: {found}, expected {rows} vectors of float32: encode the benchmark again")
    parts = range(0, rows, VECTORS_AT_ONCE)
    broken = [start + row for start in parts for row in _not_finite(vectors[start : start + VECTORS_AT_ONCE])]
    if broken:
        raise EmbeddingsError(
            f"{path}: {len(broken)} of {rows} vectors are not finite, the first is row {broken[0]}: "
            f"look at the model's training loss; it has probably diverged"
        )
    return vectors


def _not_finite(vectors: np.ndarray) -> list[int]:
    return [int(row) for row in np.flatnonzero(~np.isfinite(vectors).all(axis=1))]
