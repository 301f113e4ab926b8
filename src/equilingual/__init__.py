"""Equilingual trains dense retrievers that treat every language alike, and proves it.

:func:`evaluate` scores one model on one benchmark. It, and what it returns, are imported when they are first used.

The stages, in the order data flows: ``corpora`` reads question-answer pairs, ``translation`` makes them
parallel, ``batching`` decides which pairs and languages meet in a batch, ``encoders`` turn texts into
vectors, ``training`` fine-tunes them, ``retrieval`` indexes and searches, ``evaluation`` scores every pair
of languages, ``exports`` gives models away, and ``report`` renders the page. ``plan`` says which jobs a configuration
asks for. Nothing in this package imports Snakemake.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Not from equilingual.api, whose module ``evaluate`` the type checker may take for the function.
    from equilingual.api.evaluate import evaluate
    from equilingual.api.request import RequestError
    from equilingual.api.scores import Scores

__version__ = "0.1.0"
__all__ = ["RequestError", "Scores", "evaluate"]


def __getattr__(name: str) -> object:
    """Import the public names when they are first used: the stages of a workflow need none of them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from equilingual import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
