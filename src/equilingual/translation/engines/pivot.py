"""An engine made of two: the first into a language between, the second out of it."""

from collections.abc import Sequence

from equilingual.translation.engines import Engine, Translation
from equilingual.translation.engines import open_engine as open_any
from equilingual.translation.engines.catalogue import EngineSpec, legs
from equilingual.translation.pieces import translate_texts


class Pivot:
    """Two engines in a row."""

    def __init__(self, first: Engine, second: Engine, through: str, target: str) -> None:
        self._first, self._second, self._through, self._target = first, second, through, target
        self.window, self.batch = first.window, first.batch

    def length(self, text: str) -> int:
        """Return the length as the first engine counts it."""
        return self._first.length(text)

    def translate(self, texts: Sequence[str]) -> list[Translation]:
        """Return the translations; the counts of unknown words are added up.

        A text that the first engine gives nothing for stays empty; one that the second finds too long is split.
        """
        between = self._first.translate(texts)
        after = translate_texts(self._second, [text for text, _, _ in between], self._through, self._target)
        return [
            Translation(b.text, a.unknown + b.unknown, a.cut or b.cut) for a, (b, _) in zip(between, after, strict=True)
        ]


def open_engine(spec: EngineSpec, source: str, target: str, *, threads: int) -> Pivot:
    """Return the two engines of a pivot, loaded."""
    first, second = (open_any(*leg, threads=threads) for leg in legs(spec, source, target))
    return Pivot(first, second, spec["through"], target)
