"""Translation engines behind one small interface.

An engine is a ``kind`` of :mod:`~equilingual.translation.engines.catalogue`, with settings, opened for one language
pair. A new kind is one module here with a class that fits :class:`Engine`, and one entry in the catalogue.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple, Protocol

from equilingual.translation.engines.catalogue import KINDS, EngineSpec


class Translation(NamedTuple):
    """One translated text."""

    text: str  # "" where the engine gave nothing
    unknown: int = 0  # words that the engine did not know and left as they were
    cut: bool = False  # the engine stopped at its longest output


class Engine(Protocol):
    """An engine that is loaded for one language pair."""

    window: int  # the longest text that one call takes whole, as `length` counts
    by_sentence: bool  # it is given one sentence at a time, as a model trained on sentences must be
    batch: int  # how much, as `length` counts, is best given to one call

    def length(self, text: str) -> int:
        """Return the length of a text in the engine's own unit (characters or tokens)."""
        ...

    def translate(self, texts: Sequence[str]) -> list[Translation]:
        """Return the translations, in the order of ``texts``; no text is empty or longer than the window."""
        ...


def open_engine(spec: EngineSpec, source: str, target: str, *, threads: int = 1) -> Engine:
    """Return an engine, loaded for one language pair.

    Args:
        spec: the engine's settings with its ``kind``, any but ``pivot``: its legs are engines, it is none.
        source: BCP-47 tag of the texts.
        target: BCP-47 tag of the translations.
        threads: processor threads.

    Raises:
        EngineError: the engine is not installed or does not support the pair.

    """
    module = import_module(f"equilingual.translation.engines.{KINDS[spec['kind']].module}")
    engine: Engine = module.open_engine(spec, source, target, threads=threads)
    return engine
