"""The methods of debiasing.

One is a module here with a function ``fit``, and a row in ``equilingual.catalogues.debiasing``.
A method takes the embeddings of queries and of candidates, and its settings, and says what is removed from each side.
"""

from importlib import import_module

from equilingual.catalogues.debiasing import method_of
from equilingual.retrieval.debias.removal import Debiaser, Vectors


def fit(name: str, queries: Vectors, candidates: Vectors, **settings: object) -> Debiaser:
    """Fit a method, by its name in the configuration; of ``settings`` it takes those that it has and that are set.

    Raises:
        DebiasError: the method cannot be fitted on these embeddings.

    """
    row = method_of(name)
    own = {key: settings[key] for key in row.settings if settings.get(key) is not None}
    module = import_module(f"equilingual.retrieval.debias.methods.{row.module}")
    fitted: Debiaser = module.fit(queries, candidates, **own)
    return fitted
