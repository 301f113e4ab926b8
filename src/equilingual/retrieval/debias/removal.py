"""Remove from embeddings what tells the language of a text, without training.

Every method is fitted on embeddings of texts whose languages are known, once for queries and once for candidates, and
is then applied to others. The formulas and their sources are in ``docs/methods.md``, "Baselines".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np

from equilingual.embeddings import VECTORS_AT_ONCE, let_go
from equilingual.similarity import Similarity

Side = Literal["queries", "candidates"]
Tags = Sequence[str] | np.ndarray  # texts, as a list or an array

# What a projection leaves of a vector that it should remove wholly: rounding, whose direction means nothing.
ROUNDING = 1e-6


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
            let_go(self.embeddings)


class Removal(Protocol):
    """What is removed from the embeddings of one side."""

    def remove(self, embeddings: np.ndarray, languages: Tags) -> np.ndarray:
        """Return float64 [texts, dimensions + those that a :class:`Debiaser` adds], not scaled."""

    def extended(self, languages: Sequence[str]) -> "Removal":
        """Return the same with languages that were not fitted, as an average one."""


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
        for language, here in rows_of(languages, self.vectors):
            result[here] -= self.vectors[language]
        return result


@dataclass(frozen=True)
class Debiaser:
    """A fitted method: what is removed from queries, and what from candidates.

    Attributes:
        added: how many dimensions it adds. Inner products of vectors with more dimensions are scores and no cosines:
            they are not scaled.

    """

    queries: Removal
    candidates: Removal
    added: int = 0

    def extended(self, languages: Sequence[str]) -> "Debiaser":
        """Return the same for languages that were not fitted, too: they are treated as an average one."""
        return replace(self, queries=self.queries.extended(languages), candidates=self.candidates.extended(languages))

    def apply(
        self, embeddings: np.ndarray, languages: Tags, side: Side, *, similarity: Similarity = "cosine"
    ) -> np.ndarray:
        """Return the embeddings without what was fitted.

        Args:
            embeddings: float32 [texts, dimensions].
            languages: [texts], the language of each.
            side: whether they encode queries or candidates.
            similarity: what they are compared by. For the cosine they are scaled to length 1; for the dot product,
                where lengths count, they keep the length that is left.

        Returns:
            float32 [texts, dimensions + added], in the same order; a vector of which nothing is left is zero.

        Raises:
            DebiasError: the method goes by language, and one of them was not fitted.

        """
        left = (self.queries if side == "queries" else self.candidates).remove(embeddings, languages)
        lengths = np.linalg.norm(left, axis=1, keepdims=True)
        something = lengths > ROUNDING * np.linalg.norm(embeddings, axis=1, keepdims=True)
        scale = lengths if similarity == "cosine" and not self.added else np.ones_like(lengths)
        scaled: np.ndarray = np.divide(left, scale, out=np.zeros_like(left), where=something)
        return scaled.astype(np.float32)


def rows_of(languages: Tags, fitted: Mapping[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield (language, bool [texts]) of each language that occurs."""
    tags = np.asarray(languages)
    present = [str(language) for language in np.unique(tags)]
    if missing := [language for language in present if language not in fitted]:
        raise DebiasError(
            f"the calibration corpus lacks {', '.join(missing)}; it has {', '.join(sorted(fitted))}: choose another "
            "corpus, LSAR, which needs no languages when it is applied, or a method that is fitted on the pool"
        )
    for language in present:
        yield language, tags == language


def means_of(vectors: Vectors) -> dict[str, np.ndarray]:
    """Return each language's mean, float64 [dimensions]."""
    sums: dict[str, np.ndarray] = {}
    counts: dict[str, int] = {}
    for language, rows in vectors.parts():
        sums[language] = sums.get(language, 0) + rows.sum(axis=0)
        counts[language] = counts.get(language, 0) + len(rows)
    return {language: total / counts[language] for language, total in sums.items()}
