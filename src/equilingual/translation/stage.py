"""The stage ``translate_shard``.

in:  ``results/corpora/{corpus}/{source}.parquet``
out: ``results/translations/{corpus}/{language}/part-*.parquet``: distinct texts and their translations

Questions, passages and hard negatives are texts of their own; each distinct text of a corpus is translated once, by
the shard that it falls into, and not at all where the cache has it. A killed shard loses one batch of work at most:
what came before is in the cache.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike

import pyarrow as pa

from equilingual.corpora.canonical import NEGATIVES_FIELD
from equilingual.files import replacing
from equilingual.parquet import ParquetFile, ParquetWriter
from equilingual.provenance import as_metadata, package_versions
from equilingual.translation.cache import CachedTranslation, digest
from equilingual.translation.engines.catalogue import EngineSpec, packages
from equilingual.translation.translators import open_translator

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
    """Yield (digest, text) of questions, passages and hard negatives as they stand in a corpus, each time they do."""
    with ParquetFile(pairs) as file:
        has_negatives = NEGATIVES_FIELD.name in file.schema_arrow.names
        columns = ["question", "passage", *([NEGATIVES_FIELD.name] if has_negatives else [])]
        for batch in file.iter_batches(_ROWS, columns=columns):
            for question, passage, *negatives in zip(*(batch[name].to_pylist() for name in columns), strict=True):
                for text in (question, passage, *(negatives[0] if negatives else ())):
                    if text is not None:
                        yield digest(text), text


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
    translator = open_translator(engine, source, language, threads=threads, cache=cache, total=len(waiting))
    # The cache has translations by these versions alone.
    versions = package_versions(*packages(engine))
    with shard_writer(out, SHARD_SCHEMA.with_metadata(as_metadata(versions))) as writer:
        chunk: dict[bytes, str] = {}
        for key, text in read_texts(pairs):
            if key in waiting:
                waiting.remove(key)
                chunk[key] = text
            if len(chunk) == _CHUNK or (chunk and not waiting):
                writer.write_table(shard_table(chunk, translator.translate(chunk)), row_group_size=_ROWS)
                chunk = {}
    translator.close()


def shard_table(chunk: Mapping[bytes, str], translations: Mapping[bytes, CachedTranslation]) -> pa.Table:
    """Return the rows of some distinct texts, in their order."""
    columns = [list(chunk), list(chunk.values()), *zip(*(translations[key] for key in chunk), strict=True)]
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, SHARD_SCHEMA, strict=True)], schema=SHARD_SCHEMA)


def read_shard(file: str | PathLike[str]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a shard, in their order, in batches of ``_ROWS`` at most.

    Raises:
        DamagedFileError: the file cannot be read, or its pages are not those that were written.

    """
    with ParquetFile(file) as parquet:
        yield from parquet.iter_batches(_ROWS)


@contextmanager
def shard_writer(file: str | PathLike[str], schema: pa.Schema) -> Iterator[ParquetWriter]:
    """Yield the writer of a shard; the file is written completely or not at all."""
    with replacing(file) as temporary, ParquetWriter(temporary, schema) as writer:
        yield writer
