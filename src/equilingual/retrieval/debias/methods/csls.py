"""CSLS by query language: a candidate that is near to many queries of a language scores lower for that language."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from equilingual.retrieval.debias.removal import Debiaser, Tags, Vectors, rows_of

NEIGHBOURS = 10  # as in arXiv:1710.04087, section 2.3
_PRODUCTS_AT_ONCE = 2**24  # inner products of some candidates with the bank


@dataclass(frozen=True)
class Asked:
    """Queries, with a place for each language of the bank behind: 1 in that of their own language.

    Attributes:
        places: by language, float64 [languages of the bank].

    """

    places: dict[str, np.ndarray]

    def extended(self, languages: Sequence[str]) -> "Asked":
        """Return it with the average over the bank's languages for those that it lacks."""
        average: np.ndarray = np.mean(list(self.places.values()), axis=0)
        return Asked({**dict.fromkeys(languages, average), **self.places})

    def remove(self, embeddings: np.ndarray, languages: Tags) -> np.ndarray:
        """Return float64 [texts, dimensions + languages of the bank].

        Raises:
            DebiasError: the bank lacks a language.

        """
        width = len(next(iter(self.places.values())))
        result = np.hstack((embeddings.astype(np.float64), np.zeros((len(embeddings), width))))
        for language, here in rows_of(languages, self.places):
            result[here, -width:] = self.places[language]
        return result


@dataclass(frozen=True)
class Hubs:
    """Candidates, with how near the queries of each language of the bank are.

    Attributes:
        bank: float32 [queries, dimensions] of each language.

    """

    bank: Sequence[np.ndarray]

    def extended(self, languages: Sequence[str]) -> "Hubs":
        """Return it as it is: a candidate's own language is not asked for."""
        return self

    def remove(self, embeddings: np.ndarray, languages: Tags) -> np.ndarray:
        """Return float64 [texts, dimensions + languages of the bank]: twice the embedding, and the means negated."""
        near = [_nearness(embeddings, queries) for queries in self.bank]
        return np.hstack((2 * embeddings.astype(np.float64), -np.stack(near, axis=1)))


def fit(queries: Vectors, candidates: Vectors) -> Debiaser:
    """Fit CSLS (Conneau et al. 2018, arXiv:1710.04087) with a bank of queries in each language.

    The score of a query q in language l and a candidate d is 2 q·d - r(d, l), where r(d, l) is the mean of d's inner
    products with its ten nearest queries in l. What a query needs of itself in CSLS is the same for all candidates, and
    left out. Inner products of what is returned are these scores: the vectors have a dimension more for each language.

    Args:
        queries: the bank; of fewer than ten in a language, all count.
        candidates: not looked at.

    """
    parts: dict[str, list[np.ndarray]] = {}
    for language, rows in queries.parts():
        parts.setdefault(language, []).append(rows.astype(np.float32))
    ordered = sorted(parts)
    places = dict(zip(ordered, np.eye(len(ordered)), strict=True))
    bank = [np.concatenate(parts[language]) for language in ordered]
    return Debiaser(Asked(places), Hubs(bank), added=len(ordered))


def _nearness(embeddings: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Return float64 [texts], the mean inner product of each with the queries that are nearest to it."""
    count = min(NEIGHBOURS, len(queries))
    found = np.empty(len(embeddings))
    step = max(1, _PRODUCTS_AT_ONCE // len(queries))
    for start in range(0, len(embeddings), step):
        products = np.asarray(embeddings[start : start + step], dtype=np.float32) @ queries.T
        nearest = np.partition(products, -count, axis=1)[:, -count:]
        found[start : start + step] = nearest.mean(axis=1, dtype=np.float64)
    return found
