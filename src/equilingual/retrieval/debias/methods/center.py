"""Language centring: each language's mean is subtracted."""

from equilingual.retrieval.debias.removal import Debiaser, Offsets, Vectors, means_of


def fit(queries: Vectors, candidates: Vectors) -> Debiaser:
    """Fit language centring: each language's mean is subtracted (Libovický et al. 2020, arXiv:2004.05160)."""
    return Debiaser(Offsets(means_of(queries)), Offsets(means_of(candidates)))
