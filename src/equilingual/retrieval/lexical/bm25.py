"""BM25 of words: how rare a word is, and how long a text, is counted among the pool's own candidates."""

from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from equilingual.retrieval.words import split_words

if TYPE_CHECKING:
    import scipy.sparse

K1, B = 1.5, 0.75  # bm25s's own


def bm25_matrix(texts: Iterable[Sequence[str]], vocabulary: dict[str, int]) -> "scipy.sparse.csc_matrix":
    """Return float32 [texts, words]: what each word adds to each text's score, by Lucene's formula.

    As ``bm25s`` has it (arXiv:2407.03618), k1 = 1.5 and b = 0.75.

    Args:
        texts: the words of each, in order; none is kept.
        vocabulary: gets the column of each word.

    """
    import scipy.sparse

    # Arrays and not lists of numbers: half the memory, and bm25s only counts and iterates.
    numbers = [array("i", [vocabulary.setdefault(word, len(vocabulary)) for word in words]) for words in texts]
    if not vocabulary:
        return scipy.sparse.csc_matrix((len(numbers), 0), dtype=np.float32)
    import bm25s

    index = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy", csc_backend="numpy")
    index.index((numbers, vocabulary), create_empty_token=False, show_progress=False)
    parts = tuple(index.scores[name] for name in ("data", "indices", "indptr"))
    return scipy.sparse.csc_matrix(parts, shape=(len(numbers), len(vocabulary)))


class Scorer:
    """BM25 of the candidates of a pool, each split into words by its language's rules, as the queries are.

    A candidate that has no word of a query scores 0. A word that occurs twice in a query counts twice.
    """

    def __init__(self, texts: Iterable[str], languages: Iterable[str]) -> None:
        """Index the pool's candidates, in order; ``languages`` has the language of each."""
        self._vocabulary: dict[str, int] = {}
        words = (split_words(text, language) for text, language in zip(texts, languages, strict=True))
        self._words_first = bm25_matrix(words, self._vocabulary).T.tocsr()

    def scores(self, queries: Sequence[str], languages: Sequence[str]) -> np.ndarray:
        """Return float32 [queries, candidates].

        Args:
            queries: the texts.
            languages: the language of each.

        """
        import scipy.sparse

        known = [
            [self._vocabulary[word] for word in split_words(text, language) if word in self._vocabulary]
            for text, language in zip(queries, languages, strict=True)
        ]
        ends = np.cumsum([0, *map(len, known)])
        columns = np.array([column for words in known for column in words], dtype=np.int64)
        ones = np.ones(len(columns), dtype=np.float32)  # duplicate columns are added up
        asked = scipy.sparse.csr_matrix((ones, columns, ends), shape=(len(known), len(self._vocabulary)))
        scores: np.ndarray = (asked @ self._words_first).toarray()
        return scores.astype(np.float32, copy=False)
