"""Debiasing of embeddings, without training: the stage ``debias_embeddings``.

in:  ``results/embeddings/{encoder}/{benchmark}/{queries,candidates}.npy`` and the benchmark's tables
out: the same under ``{encoder}+{debias}``
"""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow.parquet as pq

from equilingual.files import replacing
from equilingual.retrieval.embeddings import read_embeddings


def center_languages(embeddings: np.ndarray, languages: Sequence[str]) -> np.ndarray:
    """Subtract each language's mean vector, then scale to length 1.

    Language centring after Libovický et al. 2020, "On the Language Neutrality of Pre-trained Multilingual
    Representations", arXiv:2004.05160.

    Args:
        embeddings: float32 [texts, dimensions].
        languages: the language of each text.

    Returns:
        float32 [texts, dimensions], in the same order. A vector that equals its language's mean has no direction
        left and stays zero.

    """
    centered = embeddings.astype(np.float32, copy=True)
    tags = np.asarray(languages)
    for language in np.unique(tags):
        here = tags == language
        centered[here] -= embeddings[here].mean(axis=0, dtype=np.float64).astype(np.float32)
    lengths = np.linalg.norm(centered, axis=1, keepdims=True)
    return np.divide(centered, lengths, out=np.zeros_like(centered), where=lengths > 0)


def debias_embeddings(
    *,
    method: Literal["center-pool"],
    queries: str | PathLike[str],
    candidates: str | PathLike[str],
    benchmark: str | PathLike[str],
    out_queries: str | PathLike[str],
    out_candidates: str | PathLike[str],
) -> None:
    """Debias a model's embeddings of a benchmark.

    ``center-pool`` centres queries by the means of the benchmark's own queries and candidates by those of its own
    pool: it has seen the test's texts (not its answers), hence the name.

    Raises:
        EmbeddingsError: embeddings do not fit the benchmark's table, or are not finite.

    """
    if method != "center-pool":
        raise ValueError(f"unknown debiasing method {method!r}")
    for table, source, out in (("queries", queries, out_queries), ("candidates", candidates, out_candidates)):
        languages = pq.read_table(Path(benchmark) / f"{table}.parquet", columns=["language"])["language"].to_pylist()
        vectors = read_embeddings(source, rows=len(languages))
        with replacing(out) as temporary, open(temporary, "wb") as file:
            np.save(file, center_languages(vectors, languages))
