"""How the lists of single languages are merged, and how an encoder and a lexical system are fused."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """A way of making one list of several.

    Attributes:
        function: of ``equilingual.retrieval.merging``.
        about: what it does, in a few words.
        label: in the labels of models; empty: its name.
        noun: in a sentence about models; empty: its label.

    """

    function: str
    about: str
    label: str = ""
    noun: str = ""


MERGES: Mapping[str, Way] = {
    "z-score": Way(
        "standardize_languages",
        "of each candidate's score among its language's",
        "z-scores within each language",
        "merging by z-scores",
    ),
    "round-robin": Way(
        "round_robin",
        "the first of each language, then the second of each, …",
        "languages’ lists merged round-robin",
        "round-robin merging",
    ),
    "rrf": Way(
        "merge_reciprocal_ranks",
        "reciprocal rank fusion",
        "languages’ lists merged by reciprocal ranks",
        "merging by reciprocal ranks",
    ),
}
FUSIONS: Mapping[str, Way] = {
    "rrf": Way("fuse_reciprocal_ranks", "reciprocal rank fusion", "reciprocal ranks"),
    "scores": Way("fuse_scores", "the mean of both scores, each scaled to 0 to 1 per query", "scaled scores"),
}
