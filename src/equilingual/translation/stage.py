"""The stages ``translate_shard`` and ``merge_translations``.

in:  ``results/corpora/{corpus}/{source}.parquet``
out: ``results/translations/{corpus}/{language}/part-*.parquet`` (texts and their translations), then
     ``pairs.parquet`` (the canonical columns, with the engine and its flags) and ``counts.json``

Questions and passages are texts of their own; each distinct text of a corpus is translated once, by the shard
that it falls into. A killed shard keeps what it has translated in ``work`` and goes on from there.
"""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from equilingual.corpora.canonical import PAIR_SCHEMA
from equilingual.corpora.sentences import sentence_spans
from equilingual.files import write_json, write_parquet
from equilingual.texts import normalize_text
from equilingual.translation.engines import Engine, load_engine

logger = logging.getLogger(__name__)

_SHARD_SCHEMA = pa.schema([("text", pa.string()), ("translation", pa.string()), ("flags", pa.list_(pa.string()))])
_SAVE_EVERY = 64  # texts: what a killed job loses at most


class TranslationError(RuntimeError):
    """Translations are missing or do not fit their corpus."""


def distinct_texts(pairs: pa.Table) -> list[str]:
    """Return the distinct questions and passages, in the order of first appearance."""
    texts = dict.fromkeys(pairs["question"].to_pylist())
    texts.update(dict.fromkeys(pairs["passage"].to_pylist()))
    return list(texts)


def shard_of(text: str, shards: int) -> int:
    """Return the shard that translates a text; it depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % shards


def translate_shard(
    *,
    pairs: str | PathLike[str],
    engine: str,
    source: str,
    language: str,
    shard: int,
    shards: int,
    threads: int,
    work: str | PathLike[str],
    out: str | PathLike[str],
) -> None:
    """Translate the texts of one shard of a corpus; rows in the order of their first appearance in the corpus.

    Flags: ``split`` (longer than the engine's window, translated in pieces), ``empty`` (no translation),
    ``copy`` (the translation is the source text).
    """
    texts = [text for text in distinct_texts(pq.read_table(pairs)) if shard_of(text, shards) == shard]
    done = _read_work(Path(work))
    missing = [text for text in texts if text not in done]
    logger.info("%d texts, %d of them translated before", len(texts), len(texts) - len(missing))
    if missing:
        translator = load_engine(engine, threads=threads)
        for text, translation in _with_progress(_translate(translator, missing, source, Path(work)), language, missing):
            done[text] = translation
    rows = [(text, *done[text]) for text in texts]
    columns = list(zip(*rows, strict=True)) if rows else [[], [], []]
    write_parquet(
        pa.table([pa.array(c, f.type) for c, f in zip(columns, _SHARD_SCHEMA, strict=True)], schema=_SHARD_SCHEMA), out
    )
    Path(work).unlink(missing_ok=True)


def _read_work(work: Path) -> dict[str, tuple[str, list[str]]]:
    """Return what a killed job had translated; a last line that it wrote half is left out."""
    done: dict[str, tuple[str, list[str]]] = {}
    if work.exists():
        for line in work.read_bytes().split(b"\n")[:-1]:
            text, translation, flags = json.loads(line)
            done[text] = (translation, flags)
        work.write_bytes(b"".join(json.dumps([t, *v]).encode() + b"\n" for t, v in done.items()))
    return done


def _translate(
    engine: Engine, texts: Sequence[str], source: str, work: Path
) -> Iterator[tuple[str, tuple[str, list[str]]]]:
    """Yield (text, (translation, flags)), in length order, having saved each piece of work."""
    ordered = sorted(texts, key=len)
    work.parent.mkdir(parents=True, exist_ok=True)
    with open(work, "ab") as file:
        for start in range(0, len(ordered), _SAVE_EVERY):
            batch = ordered[start : start + _SAVE_EVERY]
            pieces = [split_text(text, source, engine.window) for text in batch]
            flat = engine.translate([piece for parts in pieces for piece in parts])
            translated = iter(flat)
            for text, parts in zip(batch, pieces, strict=True):
                result = " ".join(next(translated).strip() for _ in parts).strip()
                entry = (result, _flags(text, result, len(parts)))
                file.write(json.dumps([text, *entry]).encode() + b"\n")
                yield text, entry
            file.flush()


def _flags(text: str, translation: str, parts: int) -> list[str]:
    flags = ["split"] if parts > 1 else []
    if not translation:
        flags.append("empty")
    elif normalize_text(translation) == normalize_text(text):
        flags.append("copy")
    return flags


def split_text(text: str, language: str, window: int) -> list[str]:
    """Return a text as pieces of at most ``window`` characters: whole sentences where they fit, else words.

    A text that fits is one piece. A word longer than the window is cut.
    """
    if len(text) <= window:
        return [text]
    pieces: list[str] = []
    for start, end in sentence_spans(text, language):
        pieces.extend(_split_words(text[start:end], window))
    return pieces


def _split_words(sentence: str, window: int) -> Iterator[str]:
    while len(sentence) > window:
        cut = sentence.rfind(" ", 1, window + 1)
        cut = cut if cut > 0 else window
        yield sentence[:cut].strip()
        sentence = sentence[cut:].strip()
    if sentence:
        yield sentence


def _with_progress(
    items: Iterator[tuple[str, tuple[str, list[str]]]], language: str, texts: Sequence[str]
) -> Iterator[tuple[str, tuple[str, list[str]]]]:
    from tqdm import tqdm

    return iter(tqdm(items, total=len(texts), desc=f"translate to {language}", unit="text", mininterval=5))


def merge_translations(
    *,
    corpus: str,
    pairs: str | PathLike[str],
    shards: Sequence[str | PathLike[str]],
    engine: str,
    licence: str,
    language: str,
    pairs_out: str | PathLike[str],
    counts_out: str | PathLike[str],
) -> None:
    """Join the translated texts to pairs in the order of the source, and count what is dropped.

    A pair whose question or passage has no translation is dropped, by reason; flags stay in the column ``flags``.

    Raises:
        TranslationError: a text is in no shard.

    """
    table = pq.read_table(pairs)
    translated = {row["text"]: row for shard in shards for row in pq.read_table(shard).to_pylist()}
    missing = next((text for text in distinct_texts(table) if text not in translated), None)
    if missing is not None:
        raise TranslationError(f"{pairs}: no shard has a translation of {missing[:60]!r}")
    dropped: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    rows = []
    for pair in table.to_pylist():
        question, passage = translated[pair["question"]], translated[pair["passage"]]
        flags = sorted(
            {
                f"{part}: {flag}"
                for part, text in (("question", question), ("passage", passage))
                for flag in text["flags"]
            }
        )
        empty = [flag for flag in flags if flag.endswith(": empty")]
        if empty:
            dropped[empty[0]] += 1
            continue
        flagged.update(flags)
        rows.append(
            {
                **pair,
                "language": language,
                "question": question["translation"],
                "passage": passage["translation"],
                "origin": f"mt:{engine}",
                "flags": flags,
            }
        )
    schema = PAIR_SCHEMA.append(pa.field("flags", pa.list_(pa.string())))
    metadata = {"corpus": corpus, "engine": engine, "licence": licence}
    write_parquet(pa.Table.from_pylist(rows, schema=schema), pairs_out, metadata=metadata)
    counts = {"corpus": corpus, "language": language, "engine": engine, "licence": licence}
    counts |= {"pairs": table.num_rows, "distinct_texts": len(translated), "kept": len(rows)}
    write_json(counts | {"dropped": dict(sorted(dropped.items())), "flags": dict(sorted(flagged.items()))}, counts_out)
