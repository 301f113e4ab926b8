"""LSAR: one subspace in which languages differ is projected away."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from equilingual.retrieval.debias.removal import ROUNDING, Debiaser, DebiasError, Tags, Vectors, means_of


@dataclass(frozen=True)
class SharedSubspace:
    """One subspace for all languages, fitted or not: its orthonormal basis, float64 [dimensions, rank]."""

    basis: np.ndarray

    def extended(self, languages: Sequence[str]) -> "SharedSubspace":
        """Return it as it is."""
        return self

    def remove(self, embeddings: np.ndarray, languages: Tags) -> np.ndarray:
        """Return float64 [texts, dimensions], not scaled."""
        result = embeddings.astype(np.float64)
        result -= result @ self.basis @ self.basis.T
        return result


def fit(queries: Vectors, candidates: Vectors, *, rank: int | None = None) -> Debiaser:
    """Fit LSAR: one subspace in which languages' means differ is projected away, for all languages.

    Xie et al. 2022, "Discovering Low-rank Subspaces for Language-agnostic Multilingual Representations", EMNLP. The
    authors take the first left singular vectors of the means around their mean, then those of the means around the
    point of the fitted plane that is nearest to the origin. Differences of points of that plane are the same around
    either: both span one subspace (a test compares the two), so the first is enough.

    Args:
        queries: of two languages or more.
        candidates: the same.
        rank: of the subspace; ``None`` for the largest, languages - 1.

    Raises:
        DebiasError: there are not more languages than ``rank``, or there is only one.

    """
    own, other = (SharedSubspace(_shared_directions(side, rank)) for side in (queries, candidates))
    return Debiaser(own, other)


def _shared_directions(vectors: Vectors, rank: int | None) -> np.ndarray:
    """Return the directions in which languages' means differ most, [dimensions, rank]."""
    means = np.stack(list(means_of(vectors).values()), axis=1)
    count = means.shape[1]
    if not 1 <= (rank or count - 1) < count:
        asked = "a subspace" if rank is None else f"a subspace of rank {rank}"
        raise DebiasError(f"LSAR finds {asked} in {(rank or 1) + 1} languages or more, but is fitted on {count}")
    directions, sizes, _ = np.linalg.svd(means - means.mean(axis=1, keepdims=True), full_matrices=False)
    present = sizes > ROUNDING * np.linalg.norm(means)
    return directions[:, present][:, : rank or count - 1]
