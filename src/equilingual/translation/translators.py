"""Translators: an engine behind its cache, or two in a row.

Each engine asks the cache and adds to it, also where it is a leg of a pivot. So a text is translated once per engine
and pair, whoever wants it, and a pivot has nothing to keep of its own.
"""

import logging
from collections.abc import Iterator, Mapping
from os import PathLike
from typing import Protocol

from equilingual.translation.cache import CachedTranslation, TranslationCache, digest
from equilingual.translation.engines import Engine, open_engine
from equilingual.translation.engines.catalogue import EngineSpec, identity, legs
from equilingual.translation.pieces import translate_texts

logger = logging.getLogger(__name__)


class Translator(Protocol):
    """What translates texts of any number from one language into another."""

    def translate(self, texts: Mapping[bytes, str]) -> dict[bytes, CachedTranslation]:
        """Return the translations of distinct texts, by digest."""
        ...

    def close(self) -> None:
        """Leave the cache tidy, and say what was done."""
        ...


def open_translator(
    spec: EngineSpec, source: str, language: str, *, threads: int, cache: str | PathLike[str], total: int
) -> Translator:
    """Return what translates with an engine.

    Args:
        spec: the engine's settings; a pivot's hold the two engines' own.
        source: BCP-47 tag.
        language: BCP-47 tag of the translations.
        threads: processor threads.
        cache: the cache's folder.
        total: texts to come, for the progress bar.

    Raises:
        CacheError: the folder of the cache cannot be used.

    """
    if spec["kind"] == "pivot":
        first, second = (
            open_translator(*leg, threads=threads, cache=cache, total=total) for leg in legs(spec, source, language)
        )
        return PivotTranslator(first, second)
    return EngineTranslator(spec, source, language, threads=threads, cache=cache, total=total)


class EngineTranslator:
    """An engine with a cache, opened for the first text that is not cached; arguments as of :func:`open_translator`."""

    def __init__(
        self, spec: EngineSpec, source: str, language: str, *, threads: int, cache: str | PathLike[str], total: int
    ) -> None:
        from tqdm import tqdm

        self._spec, self._source, self._language = spec, source, language
        self._threads = threads
        self._store = TranslationCache(cache, spec["name"], identity(spec, source, language), source, language)
        self._engine: Engine | None = None
        self._progress = tqdm(total=total, desc=f"{source} to {language}", unit="text", mininterval=5)
        self.done = self.found = 0

    def translate(self, texts: Mapping[bytes, str]) -> dict[bytes, CachedTranslation]:
        """Return the translations of distinct texts, by digest; killed, it loses one batch at most."""
        known = self._store.look_up(texts)
        self.found += len(known)
        self._progress.update(len(known))
        missing = {key: text for key, text in texts.items() if key not in known}
        if missing:
            engine = self._engine or open_engine(self._spec, self._source, self._language, threads=self._threads)
            self._engine = engine
            for batch in batches(engine, missing):
                translations = self._translate_batch(engine, batch)
                self._store.add(translations)
                known.update(translations)
                self._progress.update(len(batch))
        self.done += len(texts)
        return known

    def close(self) -> None:
        """Leave the cache tidy, and say what was done."""
        self._store.merge()
        self._progress.close()
        name, languages = self._spec["name"], f"{self._source} to {self._language}"
        logger.info("%s, %s: %d texts, %d of them already in the cache", name, languages, self.done, self.found)

    def _translate_batch(self, engine: Engine, batch: Mapping[bytes, str]) -> dict[bytes, CachedTranslation]:
        answers = translate_texts(engine, list(batch.values()), self._source, self._language)
        return {
            key: CachedTranslation(answer.text, answer.unknown, pieces, answer.cut)
            for key, (answer, pieces) in zip(batch, answers, strict=True)
        }


class PivotTranslator:
    """Two translators in a row: the first into a language between, the second out of it."""

    def __init__(self, first: Translator, second: Translator) -> None:
        self._first, self._second = first, second

    def translate(self, texts: Mapping[bytes, str]) -> dict[bytes, CachedTranslation]:
        """Return the translations of distinct texts, by digest.

        Unknown words are added up, and the pieces are those of the leg that has more. A text that the first leg gives
        nothing for stays empty.
        """
        between = self._first.translate(texts)
        after = self._second.translate({digest(value.text): value.text for value in between.values()})
        return {key: _joined(value, after[digest(value.text)]) for key, value in between.items()}

    def close(self) -> None:
        """Leave the caches of both tidy."""
        self._first.close()
        self._second.close()


def _joined(first: CachedTranslation, second: CachedTranslation) -> CachedTranslation:
    unknown = first.unknown + second.unknown
    return CachedTranslation(second.text, unknown, max(first.pieces, second.pieces), first.cut or second.cut)


def batches(engine: Engine, texts: Mapping[bytes, str]) -> Iterator[dict[bytes, str]]:
    """Yield texts in the order of their length, each batch at most ``engine.batch`` long in all, or one text."""
    lengths = {key: engine.length(text) for key, text in texts.items()}
    batch: dict[bytes, str] = {}
    total = 0
    for key in sorted(texts, key=lengths.__getitem__):
        if batch and total + lengths[key] > engine.batch:
            yield batch
            batch, total = {}, 0
        batch[key] = texts[key]
        total += lengths[key]
    if batch:
        yield batch
