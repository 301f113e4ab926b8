"""How the lists of single languages are merged, and how an encoder and a lexical system are fused."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """A way of making one list of several.

    Attributes:
        function: of ``equilingual.retrieval.merging``.
        about: what it does, in a few words.

    """

    function: str
    about: str


MERGES: Mapping[str, Way] = {
    "z-score": Way("standardize_languages", "of a candidate among its language's"),
    "round-robin": Way("round_robin", "each language's first, then each one's second, …"),
    "rrf": Way("merge_reciprocal_ranks", "reciprocal ranks"),
}
FUSIONS: Mapping[str, Way] = {
    "rrf": Way("fuse_reciprocal_ranks", "reciprocal ranks"),
    "scores": Way("fuse_scores", "the mean of both, scaled from 0 to 1 for each query"),
}
