"""Language centring, then CSLS by query language on what is left."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from equilingual.embeddings import VECTORS_AT_ONCE
from equilingual.retrieval.debias.methods import center, csls
from equilingual.retrieval.debias.removal import Debiaser, Removal, Side, Tags, Vectors
from equilingual.similarity import Similarity


@dataclass(frozen=True)
class _Centred:
    """A side that is centred first.

    Attributes:
        centring: of both sides.
        side: whose vectors these are.
        similarity: what embeddings are compared by: of the cosine, CSLS is given centred vectors of length 1.
        then: what is done to the centred vectors.

    """

    centring: Debiaser
    side: Side
    similarity: Similarity
    then: Removal

    def extended(self, languages: Sequence[str]) -> "_Centred":
        """Return it with an average one for languages that were not fitted, in both steps."""
        return replace(self, centring=self.centring.extended(languages), then=self.then.extended(languages))

    def remove(self, embeddings: np.ndarray, languages: Tags) -> np.ndarray:
        """Return float64 [texts, dimensions + languages of the bank].

        Raises:
            DebiasError: a language was not fitted.

        """
        centred = self.centring.apply(embeddings, languages, self.side, similarity=self.similarity)
        return self.then.remove(centred, languages)


def fit(queries: Vectors, candidates: Vectors, *, similarity: Similarity = "cosine") -> Debiaser:
    """Fit centring, and CSLS with the centred queries as its bank.

    The result is that of :mod:`csls` fitted on and applied to the vectors that :mod:`center` leaves.

    Args:
        queries: of which the means are subtracted, and the bank is made.
        candidates: of which the means are subtracted.
        similarity: what embeddings are compared by.

    """
    centring = center.fit(queries, candidates)
    tags = np.asarray(queries.languages)
    parts = [slice(start, start + VECTORS_AT_ONCE) for start in range(0, len(tags), VECTORS_AT_ONCE)]
    bank = [centring.apply(queries.embeddings[part], tags[part], "queries", similarity=similarity) for part in parts]
    hubs = csls.fit(Vectors(np.concatenate(bank), tags), candidates)
    return Debiaser(
        _Centred(centring, "queries", similarity, hubs.queries),
        _Centred(centring, "candidates", similarity, hubs.candidates),
        added=hubs.added,
    )
