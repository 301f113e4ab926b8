"""The lexical systems.

One is a module here with a class ``Scorer``, and a row in ``equilingual.catalogues.lexical``.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

import numpy as np

from equilingual.catalogues.lexical import LEXICAL


class Scorer(Protocol):
    """Scores queries with the candidates that it is made of: ``Scorer(texts, languages)``, in order."""

    def scores(self, queries: Sequence[str], languages: Sequence[str]) -> np.ndarray:
        """Return float32 [queries, candidates], 0 where nothing is found; ``languages`` has each query's language."""
        ...


def make_scorer(name: str, texts: Sequence[str], languages: Sequence[str]) -> Scorer:
    """Return a scorer of some candidates, of a lexical system by its name (:data:`LEXICAL`)."""
    scorer: Scorer = import_module(f"equilingual.retrieval.lexical.{LEXICAL[name].module}").Scorer(texts, languages)
    return scorer
