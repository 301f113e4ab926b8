"""SHIFT: candidates are shifted to one language by parallel texts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from equilingual.retrieval.debias.removal import Debiaser, DebiasError, Offsets, Tags, Vectors


@dataclass(frozen=True)
class Nothing:
    """Embeddings stay as they are."""

    def extended(self, languages: Sequence[str]) -> "Nothing":
        """Return it as it is."""
        return self

    def remove(self, embeddings: np.ndarray, languages: Tags) -> np.ndarray:
        """Return float64 [texts, dimensions], not scaled."""
        return embeddings.astype(np.float64)


def fit(queries: Vectors, candidates: Vectors, *, source: str) -> Debiaser:
    """Fit SHIFT: the mean difference between parallel texts and their source's is subtracted from candidates only.

    arXiv:2606.18801. The source's own candidates stay as they are, and so do all queries.

    Args:
        queries: not looked at.
        candidates: with ``text_ids``.
        source: the language that the others' candidates are shifted to.

    Raises:
        DebiasError: a language has no text in common with the source.

    """
    return Debiaser(Nothing(), Offsets(_shifts(candidates, source), source))


def _shifts(vectors: Vectors, source: str) -> dict[str, np.ndarray]:
    """Return, by language, the mean difference of its texts to the same texts in the source, float64 [dimensions]."""
    tags, ids = np.asarray(vectors.languages), np.asarray(vectors.text_ids)
    if source not in tags:
        raise DebiasError(f"SHIFT shifts to {source!r}, which the calibration corpus lacks: choose another corpus")
    rows_of_source = dict(zip(ids[tags == source].tolist(), np.flatnonzero(tags == source).tolist(), strict=True))
    shifts = {}
    for language in np.unique(tags).tolist():
        pairs = [
            (row, rows_of_source[key])
            for row, key in zip(np.flatnonzero(tags == language).tolist(), ids[tags == language].tolist(), strict=True)
            if key in rows_of_source
        ]
        if not pairs:
            raise DebiasError(f"SHIFT needs parallel texts: no text in {language!r} has a counterpart in {source!r}")
        here, there = (vectors.embeddings[list(side)].astype(np.float64) for side in zip(*pairs, strict=True))
        shifts[language] = (here - there).mean(axis=0)
    return shifts
