"""Files of embeddings, and those that no ranking can be trusted on.

file: ``results/embeddings/{model}/{benchmark}/{queries,candidates}.npy``, float32 [texts, dimensions] as NumPy writes
      it, then :data:`MARK` and the XXH3 (128 bits) of all before it. NumPy reads no further than its array.
"""

import mmap
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from tokenize import TokenError

import numpy as np

from equilingual.files import MARK, damaged, reading, replacing, verify_checksum

VECTORS_AT_ONCE = 65_536


class EmbeddingsError(ValueError):
    """Embeddings are not what the benchmark's table asks for, or not numbers."""


def write_embeddings(parts: Iterable[np.ndarray], shape: tuple[int, int], out: str | PathLike[str]) -> None:
    """Write embeddings with their checksum.

    Args:
        parts: float32 [some texts, dimensions], in order.
        shape: of all of them together.
        out: the file.

    """
    from xxhash import xxh3_128

    with replacing(out) as temporary, open(temporary, "wb+") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": tuple(map(int, shape))}
        np.lib.format.write_array_header_1_0(file, header)
        file.seek(0)
        checksum = xxh3_128(file.read())
        for part in parts:
            data = np.ascontiguousarray(part, dtype="<f4").data
            checksum.update(data)
            file.write(data)
        file.write(MARK + checksum.digest())


def read_embeddings(path: str | PathLike[str], *, rows: int) -> np.ndarray:
    """Return the embeddings of a table of ``rows`` texts, float32 [rows, dimensions], in the order of the table.

    They stay in their file, and cannot be written to. A file that something else wrote has no checksum.

    Raises:
        MissingFileError: there is no such file.
        DamagedFileError: the file is cut short or damaged.
        EmbeddingsError: their number is not ``rows``, or one has a value that is not finite. Every comparison with NaN
            is false: counted ranks of a model that diverged would all be 1, perfect.

    """
    has_checksum = _check(path)
    with reading(path, ValueError, EOFError, SyntaxError, TokenError):  # all that a header can be taken for
        vectors = np.load(path, mmap_mode="r")
    if not isinstance(vectors, np.memmap):
        raise damaged(path, "no array")
    if vectors.ndim != 2 or len(vectors) != rows or vectors.dtype != np.float32:
        found = f"{vectors.dtype} of shape {vectors.shape}"
        raise EmbeddingsError(f"{path}: {found}, expected {rows} vectors of float32: encode the benchmark again")
    if not has_checksum and Path(path).stat().st_size != vectors.offset + vectors.nbytes:
        raise damaged(path, "its length differs from its header")
    broken: list[int] = []
    for start in range(0, rows, VECTORS_AT_ONCE):
        broken += (start + row for row in _not_finite(vectors[start : start + VECTORS_AT_ONCE]))
        let_go(vectors)
    if broken:
        raise EmbeddingsError(
            f"{path}: {len(broken)} of {rows} vectors are not finite, the first is row {broken[0]}: "
            f"check the model's training loss, which has probably diverged"
        )
    return vectors


def let_go(vectors: np.ndarray) -> None:
    """Let go of the pages of vectors that are in a file; they are read again when they are used again.

    The kernel would take them back where memory is short, but counts them as the process's until then, as whatever
    looks at its resident memory does.
    """
    if isinstance(vectors, np.memmap) and isinstance(vectors.base, mmap.mmap):
        vectors.base.madvise(mmap.MADV_DONTNEED)


def _check(path: str | PathLike[str]) -> bool:
    """Compare the checksum; return whether there is one."""
    with reading(path):
        is_whole = verify_checksum(path)
    if is_whole is False:
        raise damaged(path, "its checksum differs")
    return is_whole is not None


def _not_finite(vectors: np.ndarray) -> list[int]:
    return [int(row) for row in np.flatnonzero(~np.isfinite(vectors).all(axis=1))]
