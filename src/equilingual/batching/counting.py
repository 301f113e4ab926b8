"""What audits read and count: rows, repetitions and language pairs."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equilingual.batching.plans import BITEXT
from equilingual.batching.reader import BatchReader


def count_repeats(values: np.ndarray) -> int:
    """Return how many values of each row are repetitions of another one of it."""
    ordered = np.sort(values, axis=1)
    return int((ordered[:, 1:] == ordered[:, :-1]).sum())


def count_pairs(queries: np.ndarray, passages: np.ndarray, languages: int) -> np.ndarray:
    """Return int64 [languages, languages], how often each query and passage language come together."""
    together = queries.ravel().astype(np.int64) * languages + passages.ravel()
    return np.bincount(together, minlength=languages**2).reshape(languages, languages)


def rows_of(reader: BatchReader, *, bitext: bool) -> Iterator[pa.Table]:
    """Yield the rows of the bitext batches or of the others, in order, a row group at a time."""
    for table in reader.row_groups():
        chosen = pc.equal(table["mode"], BITEXT)
        yield table.filter(chosen if bitext else pc.invert(chosen))
