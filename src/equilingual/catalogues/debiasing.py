"""The methods of debiasing: what removes the language of a text from its embedding, without training."""

from collections.abc import Mapping
from dataclasses import dataclass

ON_POOL = "-pool"  # suffix of methods that are fitted on the benchmark's own texts


@dataclass(frozen=True)
class Method:
    """A method of debiasing.

    Attributes:
        module: of ``equilingual.retrieval.debias.methods``; its function ``fit`` fits the method.
        about: what it does, in a few words.
        label: in the labels of models, before its name in brackets; empty: its name.
        noun: in a sentence about models, before its name in brackets; empty: its label.
        settings: the arguments of ``fit`` beside the vectors: ``rank`` (from the configuration), ``source`` (the
            language that candidates are shifted to) and ``similarity`` (what embeddings are compared by).
        rank: the rank where the configuration gives none; ``None`` where ``fit`` chooses it.
        by_language: whether it is applied by a text's language, which must have been fitted. Else it removes what
            languages differ in, and must be fitted on more languages than its rank.
        on_pool: whether it may be fitted on the benchmark's own texts, too, under its name and ``-pool``.
        moves_queries: whether it changes queries, and not candidates alone.
        removes: whether it removes something from the vectors of each side; else it corrects scores.
        serving: what a search needs that one with the encoder alone does not.

    """

    module: str
    about: str
    serving: str
    label: str = ""
    noun: str = ""
    settings: tuple[str, ...] = ()
    rank: int | None = None
    by_language: bool = True
    on_pool: bool = True
    moves_queries: bool = True
    removes: bool = True


METHODS: Mapping[str, Method] = {
    "center": Method(
        "center",
        "subtract each language's mean",
        "the language of each query and document; a mean vector for each language",
        "centred",
        "centring",
    ),
    "lir": Method(
        "lir",
        "project out each language's principal directions",
        "the language of each query and document; a projection for each language",
        "LIR",
        settings=("rank",),
        rank=1,
    ),
    "lsar": Method(
        "lsar",
        "project out one subspace in which languages differ",
        "one projection for all queries and documents",
        "LSAR",
        settings=("rank",),
        by_language=False,
    ),
    "shift": Method(
        "shift",
        "shift candidates to one language, estimated on parallel texts",
        "the language of each document; a vector for each language",
        "SHIFT",
        settings=("source",),
        on_pool=False,
        moves_queries=False,
    ),
    "csls": Method(
        "csls",
        "lower the scores of candidates that are near to many queries of the query's language",
        "the language of each query; a number (4 bytes) for each document in each query language",
        "CSLS",
        moves_queries=False,
        removes=False,
    ),
    "center-csls": Method(
        "center_csls",
        "subtract each language's mean, then CSLS",
        "the language of each query and document; a mean vector for each language; a number (4 bytes) for each "
        "document in each query language",
        "centred, with CSLS",
        "centring with CSLS",
        settings=("similarity",),
        removes=False,
    ),
}
POOL_METHODS = tuple(f"{name}{ON_POOL}" for name, row in METHODS.items() if row.on_pool)


def method_of(name: str) -> Method:
    """Return the method of a name that may end in ``-pool``.

    Raises:
        KeyError: there is no such method, or it cannot be fitted on the benchmark's own texts.

    """
    return METHODS[name.removesuffix(ON_POOL) if name in POOL_METHODS else name]


def fewest_languages(method: Method, rank: int | None) -> int:
    """Return how many languages a method must be fitted on, at least."""
    return 1 if method.by_language else (rank or 1) + 1
