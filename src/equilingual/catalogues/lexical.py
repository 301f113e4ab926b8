"""The lexical systems: what scores a candidate by the words or characters that it shares with the query."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Lexical:
    """A lexical system.

    Attributes:
        module: of ``equilingual.retrieval.lexical``; its class ``Scorer`` is made of texts and scores queries.
        about: what it counts, in a few words; ``""`` where the name says it.
        label: in the labels of models; empty: its name.
        by_pool: whether a scorer is made of each pool's candidates. Else one is made of a collection's, in all
            languages.

    """

    module: str
    about: str = ""
    label: str = ""
    by_pool: bool = False


LEXICAL: Mapping[str, Lexical] = {
    "bm25": Lexical("bm25", label="BM25", by_pool=True),
    "tfidf": Lexical("tfidf", "of character n-grams", "TF-IDF of characters"),
}
