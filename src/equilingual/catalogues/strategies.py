"""The strategies: which languages meet in a batch."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Strategy:
    """How languages meet in a batch.

    Attributes:
        module: of ``equilingual.batching.strategies``; its function ``plan`` plans the batches.
        about: what it stands for, in a few words.
        label: its batches in the labels of models; empty: its name and “batches”.
        alpha: the fraction of monolingual batches; ``None`` where the configuration gives it.
        cross_lingual: whether batches that are not monolingual pair a query with a passage of another language.
        language: a language that the training set must have, whatever the settings.
        settings: the keys of the configuration that go with it: ``alpha``, ``mix``, ``query_language``.
        shares_draws: whether two strategies with one alpha draw the same batches, as mono and hybrid with alpha 1 do.

    """

    module: str
    about: str
    label: str = ""
    alpha: float | None = 0.0
    cross_lingual: bool = False
    language: str | None = None
    settings: tuple[str, ...] = ()
    shares_draws: bool = False


STRATEGIES: Mapping[str, Strategy] = {
    "mono": Strategy("hybrid", "X-X-mono", "monolingual batches", alpha=1.0, shares_draws=True),
    "cross": Strategy("hybrid", "X-Y", "cross-lingual batches", cross_lingual=True, shares_draws=True),
    "hybrid": Strategy(
        "hybrid",
        "a batch is monolingual with probability alpha, else cross-lingual",
        alpha=None,
        cross_lingual=True,
        settings=("alpha", "mix"),
        shares_draws=True,
    ),
    "mixed-mono": Strategy("mixed_mono", "X-X", "mixed-monolingual batches"),
    "english": Strategy("english", "En-En", "English batches", alpha=1.0, language="en"),
    "round-robin": Strategy("round_robin", "every pair once per language", settings=("query_language",)),
}


def strategies_with(setting: str) -> list[str]:
    """Return the names of the strategies that have a key of the configuration."""
    return [name for name, row in STRATEGIES.items() if setting in row.settings]
