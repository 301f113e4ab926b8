"""The stage ``merge_translations``: texts become QA pairs again, and what fails a gate is dropped and counted.

in:  ``results/corpora/{corpus}/{source}.parquet`` and ``results/translations/{corpus}/{language}/measured-*.parquet``
out: ``pairs.parquet`` (the canonical columns, the flags and measures of both texts), ``dropped.parquet`` (the same of
     the pairs that were dropped) and ``counts.json``
"""

import heapq
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from equilingual.corpora.canonical import PAIR_SCHEMA
from equilingual.files import replacing, write_json
from equilingual.translation.cache import digest, digest_array, find_digests
from equilingual.translation.engines.catalogue import EngineSpec, licence
from equilingual.translation.gates import Measures, is_identifiable, judge, medians_of
from equilingual.translation.measure import MEASURED_SCHEMA

_ROWS = 4096
_PARTS = ("question", "passage")
TRANSLATED_SCHEMA = pa.schema(
    [
        *PAIR_SCHEMA,
        ("flags", pa.list_(pa.string())),
        *((f"{part}_{name}", MEASURED_SCHEMA.field(name).type) for part in _PARTS for name in Measures._fields),
    ]
)


class TranslationError(RuntimeError):
    """Translations are missing or do not fit their corpus."""


class _Texts:
    """The translated texts of all shards on disk, found by digest.

    Memory: the digests and their order, 24 bytes a text; the texts are mapped from ``file``.
    """

    def __init__(self, shards: Sequence[str | PathLike[str]], file: Path) -> None:
        # Buffered ahead, as is the default, the whole file would stay in memory.
        with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, MEASURED_SCHEMA) as writer:
            for shard in shards:
                with pq.ParquetFile(shard, pre_buffer=False) as parquet:
                    for batch in parquet.iter_batches(_ROWS):
                        writer.write_batch(batch)
        self.table = pa.ipc.open_file(pa.memory_map(str(file))).read_all()
        self._batches = self.table.to_batches()
        self._ends = np.cumsum([len(batch) for batch in self._batches])
        digests = digest_array(self.table["digest"])
        self._order = np.argsort(digests, kind="stable")
        self._sorted = digests[self._order]

    def rows(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Return the row of each text.

        Raises:
            KeyError: a text is in no shard.

        """
        places, there = find_digests(np.array([digest(text) for text in texts], "S16"), self._sorted)
        if not there.all():
            raise KeyError(texts[int(np.argmin(there))])
        numbers = self._order[places]
        batch_of = np.searchsorted(self._ends, numbers, side="right")
        found: dict[int, dict[str, Any]] = {}
        # By batch: a take from the table would first copy each of its columns whole into memory.
        for number in np.unique(batch_of):
            batch = self._batches[number]
            inside = np.flatnonzero(batch_of == number)
            rows = batch.take(pa.array(numbers[inside] - (self._ends[number] - len(batch)))).to_pylist()
            found |= zip(inside.tolist(), rows, strict=True)
        return [found[place] for place in range(len(texts))]


def merge_translations(
    *,
    corpus: str,
    pairs: str | PathLike[str],
    shards: Sequence[str | PathLike[str]],
    engine: EngineSpec,
    language: str,
    gates: Mapping[str, Any],
    samples: int = 10,
    pairs_out: str | PathLike[str],
    dropped_out: str | PathLike[str],
    samples_out: str | PathLike[str],
    counts_out: str | PathLike[str],
) -> None:
    """Join the translated texts to pairs in the order of the source; drop what fails a gate, and count it.

    A pair is dropped if its question or passage fails; ``flags`` has every reason, as ``"question: language"``, and
    the counts' ``dropped`` only the first of each pair, so that they add up to the pairs dropped.
    ``samples_out`` has pairs to look at beside their sources, among those kept: ``samples`` drawn by a hash of their
    id, and as many that came nearest to a gate.

    Raises:
        TranslationError: a text is in no shard.

    """
    totals: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    about = {"engine": engine["name"], "licence": licence(engine)}
    schema = TRANSLATED_SCHEMA.with_metadata({"corpus": corpus, **about})
    seen = _Samples(samples)
    with _scratch(Path(pairs_out).with_name(".texts.partial.arrow")) as file:
        texts = _Texts(shards, file)
        medians = _medians(texts.table)
        with (
            replacing(pairs_out) as kept_file,
            replacing(dropped_out) as dropped_file,
            pq.ParquetWriter(kept_file, schema, compression="zstd", write_page_index=True) as kept_writer,
            pq.ParquetWriter(dropped_file, schema, compression="zstd", write_page_index=True) as dropped_writer,
        ):
            for rows in _joined(pairs, texts, language, f"mt:{engine['name']}"):
                kept, rest = [], []
                for row, parts in rows:
                    reasons = [
                        f"{part}: {gate}"
                        for part, text in parts.items()
                        for gate in judge(text, text["translation"], medians=medians, thresholds=gates)
                    ]
                    notes = [f"{part}: {flag}" for part, text in parts.items() for flag in flags_of(text)]
                    row["flags"] = sorted({*reasons, *notes})
                    totals["pairs"] += 1
                    dropped.update(reasons[:1])
                    flagged.update(row["flags"])
                    (rest if reasons else kept).append(row)
                    if not reasons:
                        seen.add(row, parts, margin(parts, medians, gates))
                kept_writer.write_table(pa.Table.from_pylist(kept, schema=schema))
                dropped_writer.write_table(pa.Table.from_pylist(rest, schema=schema))
        counts = {"corpus": corpus, "language": language, **about}
        counts |= {"pairs": totals["pairs"], "distinct_texts": texts.table.num_rows}
        counts |= {"kept": totals["pairs"] - dropped.total(), "medians": medians}
    write_json({"corpus": corpus, "language": language, **about} | seen.chosen(), samples_out)
    write_json(counts | {"dropped": dict(sorted(dropped.items())), "flags": dict(sorted(flagged.items()))}, counts_out)


def margin(parts: Mapping[str, Mapping[str, Any]], medians: Mapping[str, float], gates: Mapping[str, Any]) -> float:
    """Return how far a pair's texts are from failing: 0 at a gate, 1 at a measure that could not be better.

    A pair that :func:`~equilingual.translation.gates.judge` keeps has no negative margin.
    """
    margins = [1.0]
    for text in parts.values():
        identified = is_identifiable(text["translation"], gates["language_characters"])
        for gate in ("language", "script") if identified else ("script",):
            if gates[gate] is not None and text[gate] is not None and gates[gate] < 1:
                margins.append((text[gate] - gates[gate]) / (1 - gates[gate]))
        if gates["untranslated"] and text["untranslated"] is not None:
            margins.append(1 - (text["untranslated"] - medians["untranslated"]) / gates["untranslated"])
        if gates["repeats"] is not None:
            # A whole number: the first that fails is one more than the gate.
            margins.append(1 - text["repeats"] / (gates["repeats"] + 1))
        if gates["length"] is not None:
            times = math.exp(abs(math.log(text["length"] / medians["length"])))
            margins.append(1 - math.log(times) / math.log(gates["length"]))
    return min(margins)


class _Samples:
    """The pairs that are shown: some by a hash of their id, some by how near a gate they came."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._random: list[tuple[Any, ...]] = []
        self._worst: list[tuple[Any, ...]] = []

    def add(self, row: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]], margin: float) -> None:
        """Look at one pair."""
        pair_id = row["pair_id"]
        shown = {"pair_id": pair_id, "source": row["source"], "margin": round(margin, 3), "flags": row["flags"]}
        shown |= {part: {"source": text["text"], "translation": text["translation"]} for part, text in parts.items()}
        # Python has no heap of the largest: the sign is turned, so that the first to go is the least wanted.
        self._keep(self._random, (-int.from_bytes(digest(pair_id)[:8], "big"), pair_id, shown))
        self._keep(self._worst, (-margin, pair_id, shown))

    def _keep(self, heap: list[tuple[Any, ...]], item: tuple[Any, ...]) -> None:
        if len(heap) < self._count:
            heapq.heappush(heap, item)
        elif heap and item[:2] > heap[0][:2]:
            heapq.heapreplace(heap, item)

    def chosen(self) -> dict[str, list[Any]]:
        """Return the two lists; the worst first."""
        named = (("random", self._random), ("worst", self._worst))
        return {name: [item[2] for item in sorted(heap, key=lambda item: item[:2])[::-1]] for name, heap in named}


@contextmanager
def _scratch(file: Path) -> Iterator[Path]:
    """Yield a file's path; take it away at the end. The name is always the same: a killed merge's is written over."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def flags_of(row: Mapping[str, Any]) -> list[str]:
    """Return what is said of a translation besides the gates: ``split`` (in pieces) and ``unknown`` words."""
    return [flag for flag, there in (("split", row["pieces"] > 1), ("unknown", row["unknown"] > 0)) if there]


def _medians(table: pa.Table) -> dict[str, float]:
    """Return what the texts are judged against, over those that have a translation."""
    there = np.asarray(pc.not_equal(table["translation"], ""))
    lengths, shares = (table[name].to_numpy()[there] for name in ("length", "untranslated"))
    return medians_of(lengths, shares[~np.isnan(shares)])


def _joined(
    pairs: str | PathLike[str], texts: _Texts, language: str, origin: str
) -> Iterator[list[tuple[dict[str, Any], dict[str, dict[str, Any]]]]]:
    """Yield some pairs at a time: the row of the output, and the rows of its question and passage."""
    with pq.ParquetFile(pairs, pre_buffer=False) as file:
        for batch in file.iter_batches(_ROWS):
            rows = batch.to_pylist()
            try:
                found = {part: texts.rows([row[part] for row in rows]) for part in _PARTS}
            except KeyError as error:
                raise TranslationError(f"{pairs}: no shard has a translation of {error.args[0][:60]!r}") from None
            joined = []
            for number, row in enumerate(rows):
                parts = {part: found[part][number] for part in _PARTS}
                row |= {part: text["translation"] for part, text in parts.items()}
                row |= {f"{part}_{name}": parts[part][name] for part in _PARTS for name in Measures._fields}
                joined.append((row | {"language": language, "origin": origin, "source": row["language"]}, parts))
            yield joined
