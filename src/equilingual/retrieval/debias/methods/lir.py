"""LIR: each language's first directions are projected away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from equilingual.retrieval.debias.removal import ROUNDING, Debiaser, DebiasError, Tags, Vectors, rows_of


@dataclass(frozen=True)
class Subspaces:
    """A subspace of each language: its orthonormal basis, float64 [dimensions, rank]."""

    bases: Mapping[str, np.ndarray]

    def extended(self, languages: Sequence[str]) -> "Subspaces":
        """Return it with an empty subspace for languages that were not fitted: an average one has no meaning."""
        empty = next(iter(self.bases.values()))[:, :0]
        return Subspaces(dict.fromkeys(languages, empty) | dict(self.bases))

    def remove(self, embeddings: np.ndarray, languages: Tags) -> np.ndarray:
        """Return float64 [texts, dimensions], not scaled.

        Raises:
            DebiasError: a language was not fitted.

        """
        result = embeddings.astype(np.float64)
        for language, here in rows_of(languages, self.bases):
            result[here] -= result[here] @ self.bases[language] @ self.bases[language].T
        return result


def fit(queries: Vectors, candidates: Vectors, *, rank: int = 1) -> Debiaser:
    """Fit LIR: the first ``rank`` left singular vectors of each language's embeddings are projected away.

    The embeddings are not centred before (Yang et al. 2021, "A Simple and Effective Method To Eliminate the Self
    Language Bias in Multilingual Representations", EMNLP). A language of fewer independent embeddings than ``rank``
    loses all of their space.

    Raises:
        DebiasError: the rank leaves no dimension.

    """
    return Debiaser(Subspaces(_first_directions(queries, rank)), Subspaces(_first_directions(candidates, rank)))


def _first_directions(vectors: Vectors, rank: int) -> dict[str, np.ndarray]:
    """Return, by language, the first left singular vectors of its embeddings as columns, [dimensions, rank]."""
    dimensions = vectors.embeddings.shape[1]
    if rank >= dimensions:
        raise DebiasError(f"LIR of rank {rank} removes all of the {dimensions} dimensions: choose a lower rank")
    # The left singular vectors of E are the eigenvectors of E E^T, which needs no memory for the texts.
    squares: dict[str, np.ndarray] = {}
    for language, rows in vectors.parts():
        squares[language] = squares.get(language, 0) + rows.T @ rows
    bases = {}
    for language, square in squares.items():
        values, directions = np.linalg.eigh(square)  # ascending
        present = values[-rank:] > ROUNDING**2 * values[-1]
        bases[language] = directions[:, -rank:][:, present]
    return bases
