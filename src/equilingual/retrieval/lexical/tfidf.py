"""TF-IDF of runs of characters."""

from collections.abc import Sequence

import numpy as np


class Scorer:
    """TF-IDF of runs of one to three characters, of lower-cased texts: cosines of weights (1 + ln tf) x idf.

    ``scikit-learn``'s ``TfidfVectorizer``, fitted on the candidates that it is given: for all pools alike, those of all
    languages together. A query's runs that no candidate has count for nothing.
    """

    def __init__(self, texts: Sequence[str], languages: Sequence[str] = ()) -> None:
        """Fit on the candidates and keep their weights, in order; their languages make no difference."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
        self._runs_first = self._vectorizer.fit_transform(texts).T.tocsr()

    def scores(self, queries: Sequence[str], languages: Sequence[str] = ()) -> np.ndarray:
        """Return float32 [queries, candidates]."""
        scores: np.ndarray = (self._vectorizer.transform(queries) @ self._runs_first).toarray()
        return scores.astype(np.float32)
