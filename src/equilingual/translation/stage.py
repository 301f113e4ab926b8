"""The stage ``translate_shard``.

in:  ``results/corpora/{corpus}/{source}.parquet``
out: ``results/translations/{corpus}/{language}/part-*.parquet``: distinct texts and their translations

Questions and passages are texts of their own; each distinct text of a corpus is translated once, by the shard
that it falls into, and not at all where the cache has it. A killed shard loses one batch of work at most: what came
before is in the cache.
"""

import logging
from collections.abc import Iterator, Mapping
from os import PathLike

import pyarrow as pa
import pyarrow.parquet as pq

from equilingual.files import replacing
from equilingual.translation.cache import CachedTranslation, TranslationCache, digest
from equilingual.translation.engines import Engine, open_engine
from equilingual.translation.engines.catalogue import EngineSpec, identity
from equilingual.translation.pieces import translate_texts

logger = logging.getLogger(__name__)

SHARD_SCHEMA = pa.schema(
    [
        ("digest", pa.binary(16)),
        ("text", pa.string()),
        ("translation", pa.string()),
        ("unknown", pa.int32()),
        ("pieces", pa.int32()),
        ("cut", pa.bool_()),
    ]
)
_CHUNK = 20_000  # texts held at once
_ROWS = 4096  # of a corpus read at once, and of a row group


def shard_of(key: bytes, shards: int) -> int:
    """Return the shard that translates a text, by its digest alone."""
    return int.from_bytes(key[:8], "big") % shards


def read_texts(pairs: str | PathLike[str]) -> Iterator[tuple[bytes, str]]:
    """Yield (digest, text) of questions and passages as they stand in a corpus, repetitions included."""
    # Buffered ahead, as is the default, the whole file would stay in memory.
    with pq.ParquetFile(pairs, pre_buffer=False) as file:
        for batch in file.iter_batches(_ROWS, columns=["question", "passage"]):
            for question, passage in zip(batch["question"].to_pylist(), batch["passage"].to_pylist(), strict=True):
                yield digest(question), question
                yield digest(passage), passage


def translate_shard(
    *,
    pairs: str | PathLike[str],
    engine: EngineSpec,
    source: str,
    language: str,
    shard: int,
    shards: int,
    threads: int,
    cache: str | PathLike[str],
    out: str | PathLike[str],
) -> None:
    """Translate the texts of one shard of a corpus.

    Rows of ``out`` stand in the order of the texts' first appearance in the corpus. Memory does not grow with the
    corpus but for the digests of the texts to come (measured: 150 bytes a text) and of those in the cache (24 bytes).

    Raises:
        EngineError: the engine is not installed, lacks the pair or has stopped.
        CacheError: a file of the cache is damaged.

    """
    waiting = {key for key, _ in read_texts(pairs) if shard_of(key, shards) == shard}
    translator = Translator(engine, source, language, threads, cache, total=len(waiting))
    with replacing(out) as temporary, pq.ParquetWriter(temporary, SHARD_SCHEMA, compression="zstd") as writer:
        chunk: dict[bytes, str] = {}
        for key, text in read_texts(pairs):
            if key in waiting:
                waiting.remove(key)
                chunk[key] = text
            if len(chunk) == _CHUNK or (chunk and not waiting):
                writer.write_table(translator.translate(chunk), row_group_size=_ROWS)
                chunk = {}
    translator.close()


class Translator:
    """An engine behind its cache, opened when the first text is not there.

    Args:
        spec: the engine's.
        source: BCP-47 tag.
        language: BCP-47 tag of the translations.
        threads: processor threads.
        cache: the cache's folder.
        total: texts to come, for the progress bar.

    """

    def __init__(
        self, spec: EngineSpec, source: str, language: str, threads: int, cache: str | PathLike[str], *, total: int
    ) -> None:
        from tqdm import tqdm

        self._spec, self._source, self._language = spec, source, language
        self._threads = threads
        self._store = TranslationCache(cache, spec["name"], identity(spec, source, language), source, language)
        self._engine: Engine | None = None
        self._progress = tqdm(total=total, desc=f"{source} to {language}", unit="text", mininterval=5)
        self.done = self.found = 0

    def translate(self, chunk: Mapping[bytes, str]) -> pa.Table:
        """Return the rows of some distinct texts, in their order."""
        known = self._store.look_up(chunk)
        self.found += len(known)
        self._progress.update(len(known))
        missing = {key: text for key, text in chunk.items() if key not in known}
        if missing:
            self._engine = self._engine or open_engine(self._spec, self._source, self._language, threads=self._threads)
            for batch in batches(self._engine, missing):
                translations = self._translate_batch(batch)
                self._store.add(translations)
                known.update(translations)
                self._progress.update(len(batch))
        self.done += len(chunk)
        columns = [list(chunk), list(chunk.values()), *zip(*(known[key] for key in chunk), strict=True)]
        return pa.table([pa.array(c, f.type) for c, f in zip(columns, SHARD_SCHEMA, strict=True)], schema=SHARD_SCHEMA)

    def close(self) -> None:
        """Leave the cache tidy, and say what was done."""
        self._store.merge()
        self._progress.close()
        logger.info("%d texts, %d of them translated before", self.done, self.found)

    def _translate_batch(self, batch: Mapping[bytes, str]) -> dict[bytes, CachedTranslation]:
        answers = translate_texts(self._engine, list(batch.values()), self._source, self._language)
        return {
            key: CachedTranslation(answer.text, answer.unknown, pieces, answer.cut)
            for key, (answer, pieces) in zip(batch, answers, strict=True)
        }


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
