"""What tells the language of a text is removed from its embedding, without training.

Every method is fitted on embeddings of texts whose languages are known, once for queries and once for candidates, and
is then applied to others. The formulas and their sources are in ``docs/methods.md``, "Baselines".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from equilingual.embeddings import VECTORS_AT_ONCE
from equilingual.similarity import Similarity

Side = Literal["queries", "candidates"]
Tags = Sequence[str] | np.ndarray  # texts, as a list or an array

# What a projection leaves of a vector that it should remove wholly: rounding, whose direction means nothing.
_ROUNDING = 1e-6


class DebiasError(ValueError):
    """A debiasing method cannot be fitted on these embeddings, or not be applied to these languages."""


@dataclass(frozen=True)
class Vectors:
    """Embeddings of texts whose languages are known.

    Attributes:
        embeddings: float32 [texts, dimensions].
        languages: [texts], the language of each.
        text_ids: [texts], the same for translations of one text; only SHIFT asks for them.

    """

    embeddings: np.ndarray
    languages: Tags
    text_ids: Tags | None = None

    def parts(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield (language, float64 [some of its texts, dimensions]) until all texts have come."""
        tags = np.asarray(self.languages)
        for start in range(0, len(tags), VECTORS_AT_ONCE):
            here = tags[start : start + VECTORS_AT_ONCE]
            rows = self.embeddings[start : start + VECTORS_AT_ONCE]
            for language in np.unique(here):
                yield str(language), rows[here == language].astype(np.float64)


class Removal(Protocol):
    """What is removed from the embeddings of one side."""

    def remove(self, embeddings: np.ndarray, languages: Tags) -> np.ndarray:
        """Return float64 [texts, dimensions], not scaled."""

    def extended(self, languages: Sequence[str]) -> "Removal":
        """Return the same with languages that were not fitted, as an average one."""


@dataclass(frozen=True)
class Nothing:
    """Embeddings stay as they are."""

    def extended(self, languages: Sequence[str]) -> "Nothing":
        """Return it as it is."""
        return self

    def remove(self, embeddings: np.ndarray, languages: Tags) -> np.ndarray:
        """Return float64 [texts, dimensions], not scaled."""
        return embeddings.astype(np.float64)


@dataclass(frozen=True)
class Offsets:
    """A vector of each language: float64 [dimensions]."""

    vectors: Mapping[str, np.ndarray]
    fixed: str | None = None  # a language that the others are shifted to

    def extended(self, languages: Sequence[str]) -> "Offsets":
        """Return it with the mean of all vectors, that of ``fixed`` aside, for languages that were not fitted."""
        average = np.mean([one for tag, one in self.vectors.items() if tag != self.fixed], axis=0)
        return Offsets(dict.fromkeys(languages, average) | dict(self.vectors), self.fixed)

    def remove(self, embeddings: np.ndarray, languages: Tags) -> np.ndarray:
        """Return float64 [texts, dimensions], not scaled.

        Raises:
            DebiasError: a language was not fitted.

        """
        result = embeddings.astype(np.float64)
        for language, here in _rows_of(languages, self.vectors):
            result[here] -= self.vectors[language]
        return result


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
        for language, here in _rows_of(languages, self.bases):
            result[here] -= result[here] @ self.bases[language] @ self.bases[language].T
        return result


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


@dataclass(frozen=True)
class Debiaser:
    """A fitted method: what is removed from queries, and what from candidates."""

    queries: Removal
    candidates: Removal

    def extended(self, languages: Sequence[str]) -> "Debiaser":
        """Return the same for languages that were not fitted, too: they are treated as an average one."""
        return Debiaser(self.queries.extended(languages), self.candidates.extended(languages))

    def apply(
        self, embeddings: np.ndarray, languages: Tags, side: Side, *, similarity: Similarity = "cosine"
    ) -> np.ndarray:
        """Return the embeddings without what was fitted.

        Args:
            embeddings: float32 [texts, dimensions].
            languages: [texts], the language of each.
            side: whether they are of queries or of candidates.
            similarity: what they are compared by. For the cosine they are scaled to length 1; for the dot product,
                where lengths count, they keep the length that is left.

        Returns:
            float32 [texts, dimensions], in the same order; a vector of which nothing is left is zero.

        Raises:
            DebiasError: the method goes by language, and one of them was not fitted.

        """
        left = (self.queries if side == "queries" else self.candidates).remove(embeddings, languages)
        lengths = np.linalg.norm(left, axis=1, keepdims=True)
        something = lengths > _ROUNDING * np.linalg.norm(embeddings, axis=1, keepdims=True)
        scale = lengths if similarity == "cosine" else np.ones_like(lengths)
        scaled: np.ndarray = np.divide(left, scale, out=np.zeros_like(left), where=something)
        return scaled.astype(np.float32)


def fit_center(queries: Vectors, candidates: Vectors) -> Debiaser:
    """Fit language centring: each language's mean is subtracted (Libovický et al. 2020, arXiv:2004.05160)."""
    return Debiaser(Offsets(_means(queries)), Offsets(_means(candidates)))


def fit_lir(queries: Vectors, candidates: Vectors, *, rank: int = 1) -> Debiaser:
    """Fit LIR: the first ``rank`` left singular vectors of each language's embeddings are projected away.

    The embeddings are not centred before (Yang et al. 2021, "A Simple and Effective Method To Eliminate the Self
    Language Bias in Multilingual Representations", EMNLP). A language of fewer independent embeddings than ``rank``
    loses all of their space.

    Raises:
        DebiasError: the rank leaves no dimension.

    """
    return Debiaser(Subspaces(_first_directions(queries, rank)), Subspaces(_first_directions(candidates, rank)))


def fit_lsar(queries: Vectors, candidates: Vectors, *, rank: int | None = None) -> Debiaser:
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
    return Debiaser(*(SharedSubspace(_shared_directions(side, rank)) for side in (queries, candidates)))


def fit_shift(queries: Vectors, candidates: Vectors, *, source: str) -> Debiaser:
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


# SHIFT and language centring are told apart by what they are fitted on; the rank is of LIR and LSAR only.
METHODS: Mapping[str, Callable[..., Debiaser]] = {
    "center": fit_center,
    "lir": fit_lir,
    "lsar": fit_lsar,
    "shift": fit_shift,
}


def _rows_of(languages: Tags, fitted: Mapping[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield (language, bool [texts]) of each language that occurs."""
    tags = np.asarray(languages)
    present = [str(language) for language in np.unique(tags)]
    if missing := [language for language in present if language not in fitted]:
        raise DebiasError(
            f"the calibration corpus lacks {', '.join(missing)}; it has {', '.join(sorted(fitted))}: choose another "
            "corpus, LSAR, which needs no language when it is applied, or a method that is fitted on the pool"
        )
    for language in present:
        yield language, tags == language


def _means(vectors: Vectors) -> dict[str, np.ndarray]:
    """Return each language's mean, float64 [dimensions]."""
    sums: dict[str, np.ndarray] = {}
    counts: dict[str, int] = {}
    for language, rows in vectors.parts():
        sums[language] = sums.get(language, 0) + rows.sum(axis=0)
        counts[language] = counts.get(language, 0) + len(rows)
    return {language: total / counts[language] for language, total in sums.items()}


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
        present = values[-rank:] > _ROUNDING**2 * values[-1]
        bases[language] = directions[:, -rank:][:, present]
    return bases


def _shared_directions(vectors: Vectors, rank: int | None) -> np.ndarray:
    """Return the directions in which languages' means differ most, [dimensions, rank]."""
    means = np.stack(list(_means(vectors).values()), axis=1)
    count = means.shape[1]
    if not 1 <= (rank or count - 1) < count:
        asked = "a subspace" if rank is None else f"a subspace of rank {rank}"
        raise DebiasError(f"LSAR finds {asked} in {(rank or 1) + 1} languages or more, but is fitted on {count}")
    directions, sizes, _ = np.linalg.svd(means - means.mean(axis=1, keepdims=True), full_matrices=False)
    present = sizes > _ROUNDING * np.linalg.norm(means)
    return directions[:, present][:, : rank or count - 1]


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
