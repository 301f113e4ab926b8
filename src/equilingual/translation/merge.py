"""The stage ``merge_translations``: texts become QA pairs again, and what fails a filter is dropped and counted.

in:  ``results/corpora/{corpus}/{source}.parquet`` and ``results/translations/{corpus}/{language}/measured-*.parquet``
out: ``pairs.parquet`` (the canonical columns, the flags and measures of both texts), ``dropped.parquet`` (the same of
     the pairs that were dropped, with their source texts), ``samples.json`` and ``counts.json``
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

from equilingual.config.filters import Filters
from equilingual.corpora.canonical import NEGATIVES_FIELD, PAIR_SCHEMA
from equilingual.files import replacing, write_json
from equilingual.parquet import ParquetFile, ParquetWriter, column_names, read_footer
from equilingual.provenance import versions_in
from equilingual.translation.cache import digest, digest_array, find_digests
from equilingual.translation.engines.catalogue import EngineSpec, licence
from equilingual.translation.filters import Measures, judge, judging, kept_share, medians_of
from equilingual.translation.measure import MEASURED_SCHEMA, count_compared
from equilingual.translation.stage import read_shard

_ROWS = 4096
_PAIRS_AT_ONCE = 256  # whose hard negatives are looked up together: a pair may have many
_PARTS = ("question", "passage")
TRANSLATED_SCHEMA = pa.schema(
    [
        *PAIR_SCHEMA,
        ("flags", pa.list_(pa.string())),
        *((f"{part}_{name}", MEASURED_SCHEMA.field(name).type) for part in _PARTS for name in Measures._fields),
    ]
)
_SOURCES = [pa.field(f"source_{part}", pa.string()) for part in _PARTS]  # of what is dropped, for people


class TranslationError(RuntimeError):
    """Translations are missing or do not fit their corpus."""


class _Texts:
    """The translated texts of all shards on disk, found by digest.

    Memory: the digests and their order, 24 bytes a text; the texts are mapped from ``file``. ``pairs`` is the
    corpus's file, for errors.
    """

    def __init__(self, shards: Sequence[str | PathLike[str]], file: Path, pairs: str | PathLike[str]) -> None:
        self._pairs = pairs
        with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, MEASURED_SCHEMA) as writer:
            for shard in shards:
                for batch in read_shard(shard):
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
            TranslationError: a text is in no shard.

        """
        if not texts:
            return []
        places, there = find_digests(np.array([digest(text) for text in texts], "S16"), self._sorted)
        if not there.all():
            missing = texts[int(np.argmin(there))][:60]
            raise TranslationError(f"{self._pairs}: no shard has a translation of {missing!r}")
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
    filters: Filters,
    samples: int = 10,
    pairs_out: str | PathLike[str],
    dropped_out: str | PathLike[str],
    samples_out: str | PathLike[str],
    counts_out: str | PathLike[str],
) -> None:
    """Join the translated texts to pairs in the order of the source; drop what fails a filter, and count it.

    A pair is dropped if its question or passage fails; ``flags`` has every reason, as ``"question: language"``, and
    the counts' ``dropped`` only the first of each pair, so that they add up to the pairs dropped. A hard negative that
    fails is null, and its pair stays; the counts' ``negatives`` are those of the pairs kept, by their first reason.
    ``samples_out`` has pairs to look at beside their sources, among those kept: ``samples`` drawn by a hash of their
    id, and as many that came nearest to a filter.

    Raises:
        TranslationError: a text is in no shard.
        DamagedFileError: a shard is not what was written.

    """
    with_negatives = has_negatives(pairs)
    about = {"engine": engine["name"], "licence": licence(engine)}
    versions = versions_in(read_footer(shard).metadata for shard in shards)
    schema = _schema(with_negatives=with_negatives).with_metadata({"corpus": corpus, **about})
    seen, counted = _Samples(samples), _Counts()
    _tidy(Path(pairs_out).parent)
    with _scratch(Path(pairs_out).with_name(".texts.partial.arrow")) as file:
        texts = _Texts(shards, file, pairs)
        medians = _medians(texts.table)
        with (
            _writer(pairs_out, schema) as kept_writer,
            _writer(dropped_out, pa.schema([*schema, *_SOURCES], schema.metadata)) as dropped_writer,
        ):
            for rows in _joined(pairs, texts, language, f"mt:{engine['name']}"):
                kept, rest = [], []
                for row, parts in rows:
                    reasons = _judge_pair(row, parts, medians, filters)
                    counted.add(reasons, row["flags"])
                    if reasons:
                        rest.append(row | {f"source_{part}": text["text"] for part, text in parts.items()})
                    else:
                        kept.append(row)
                        seen.add(row, parts, margin(parts, medians, filters))
                if with_negatives:
                    counted.negatives += _translate_negatives(kept, texts, medians, filters)
                    _translate_negatives(rest, texts, medians, filters)
                kept_writer.write_table(pa.Table.from_pylist(kept, schema=kept_writer.schema))
                dropped_writer.write_table(pa.Table.from_pylist(rest, schema=dropped_writer.schema))
        about = {"corpus": corpus, "language": language, **about}
        counts = counted.record(_count_texts(texts.table), {"medians": medians})
    write_json(about | seen.chosen(), samples_out)
    counts |= counted.record_negatives() if with_negatives else {}
    write_json(about | counts | {"versions": versions}, counts_out)


class _Counts:
    """What is counted of a language's pairs, and of their hard negatives."""

    def __init__(self) -> None:
        self.negatives: Counter[str] = Counter()  # of the pairs kept: "kept", or why one is null
        self._pairs = 0
        self._dropped: Counter[str] = Counter()
        self._flags: Counter[str] = Counter()

    def add(self, reasons: Sequence[str], flags: Sequence[str]) -> None:
        """Count a pair that is dropped for ``reasons``, or kept where there are none."""
        self._pairs += 1
        self._dropped.update(reasons[:1])
        self._flags.update(flags)

    def record(self, texts: Mapping[str, Any], measured: Mapping[str, Any]) -> dict[str, Any]:
        """Return the counts of the pairs, with what is given in its place among them."""
        counts = {"pairs": self._pairs, **texts, "kept": self._pairs - self._dropped.total(), **measured}
        return counts | {"dropped": dict(sorted(self._dropped.items())), "flags": dict(sorted(self._flags.items()))}

    def record_negatives(self) -> dict[str, Any]:
        """Return the counts of the hard negatives."""
        dropped = {reason: count for reason, count in sorted(self.negatives.items()) if reason != "kept"}
        given = self.negatives.total()
        return {"negatives": {"given": given, "kept": self.negatives["kept"], "dropped": dropped}}


def has_negatives(pairs: str | PathLike[str]) -> bool:
    """Return whether a canonical table has hard negatives."""
    return NEGATIVES_FIELD.name in column_names(pairs)


def _schema(*, with_negatives: bool) -> pa.Schema:
    if not with_negatives:
        return TRANSLATED_SCHEMA
    return TRANSLATED_SCHEMA.insert(len(PAIR_SCHEMA), NEGATIVES_FIELD)


@contextmanager
def _writer(file: str | PathLike[str], schema: pa.Schema) -> Iterator[ParquetWriter]:
    with replacing(file) as temporary, ParquetWriter(temporary, schema) as writer:
        yield writer


def _tidy(folder: Path) -> None:
    """Remove what killed jobs were writing: all shards exist, and no other job writes into the folder."""
    for file in folder.glob(".*.partial.*"):
        file.unlink()


def _judge_pair(
    row: dict[str, Any],
    parts: Mapping[str, Mapping[str, Any]],
    medians: Mapping[str, float],
    filters: Filters,
) -> list[str]:
    """Return why a pair is dropped, the question's reasons first; give the row its flags."""
    reasons = [
        f"{part}: {name}"
        for part, text in parts.items()
        for name in judge(text, text["translation"], medians=medians, thresholds=filters)
    ]
    notes = [f"{part}: {flag}" for part, text in parts.items() for flag in flags_of(text)]
    row["flags"] = sorted({*reasons, *notes})
    return reasons


def _translate_negatives(
    rows: Sequence[dict[str, Any]], texts: _Texts, medians: Mapping[str, float], filters: Filters
) -> Counter[str]:
    """Put translations for the hard negatives of rows, null for one that fails; count ``kept`` and first reasons."""
    counts: Counter[str] = Counter()
    for start in range(0, len(rows), _PAIRS_AT_ONCE):
        some = rows[start : start + _PAIRS_AT_ONCE]
        wanted = list(dict.fromkeys(text for row in some for text in row[NEGATIVES_FIELD.name] if text is not None))
        answers: dict[str | None, tuple[str | None, str]] = {}
        for text, found in zip(wanted, texts.rows(wanted), strict=True):
            failed = judge(found, found["translation"], medians=medians, thresholds=filters)
            answers[text] = (None, f"negative: {failed[0]}") if failed else (found["translation"], "kept")
        for row in some:
            given = row[NEGATIVES_FIELD.name]
            counts.update(answers[text][1] for text in given if text is not None)
            row[NEGATIVES_FIELD.name] = [None if text is None else answers[text][0] for text in given]
    return counts


def margin(parts: Mapping[str, Mapping[str, Any]], medians: Mapping[str, float], filters: Filters) -> float:
    """Return how far a pair's texts are from failing: 0 at a filter, 1 at a measure that could not be better.

    A pair that :func:`~equilingual.translation.filters.judge` keeps has no negative margin.
    """
    margins = [1.0]
    for text in parts.values():
        judged = judging(text, filters)
        for name, bound in (("language", filters.language), ("script", filters.script)):
            if name in judged and bound is not None and text[name] is not None and bound < 1:
                margins.append((text[name] - bound) / (1 - bound))
        if "untranslated" in judged and filters.untranslated and text["untranslated"] is not None:
            margins.append(1 - (text["untranslated"] - medians["untranslated"]) / filters.untranslated)
        if filters.lost and text["lost"] is not None:
            margins.append(1 - text["lost"] / filters.lost)
        if filters.repeats is not None:
            # A whole number: the first that fails is one more than the filter.
            margins.append(1 - text["repeats"] / (filters.repeats + 1))
        if filters.length is not None:
            times = math.exp(abs(math.log(text["length"] / medians["length"])))
            margins.append(1 - math.log(times) / math.log(filters.length))
        kept = kept_share(text, medians)
        if filters.sentences is not None and kept is not None:
            margins.append((kept - filters.sentences) / (1 - filters.sentences))
    return min(margins)


class _Samples:
    """The pairs that are shown: some by a hash of their id, some by how near a filter they came."""

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
    """Return what is said of a translation besides the filters: ``split`` (in pieces) and ``unknown`` words."""
    return [flag for flag, there in (("split", row["pieces"] > 1), ("unknown", row["unknown"] > 0)) if there]


def _count_texts(table: pa.Table) -> dict[str, Any]:
    """Return how many texts there are, and of how many translations the sentences are compared."""
    translated = table["source_sentences"].filter(pc.not_equal(table["translation"], ""))
    return {"distinct_texts": table.num_rows, "sentences": count_compared(translated)}


def _medians(table: pa.Table) -> dict[str, float]:
    """Return what the texts are judged against, over those that have a translation."""
    there = np.asarray(pc.not_equal(table["translation"], ""))
    lengths, shares = (table[name].to_numpy()[there] for name in ("length", "untranslated"))
    several = pc.greater(table["source_sentences"], 1)
    paragraphs = pc.and_(several, pc.equal(table["sentences"], table["source_sentences"]))
    as_many = np.asarray(pc.fill_null(paragraphs, False))[there]
    return medians_of(lengths, shares[~np.isnan(shares)], lengths[as_many])


def _joined(
    pairs: str | PathLike[str], texts: _Texts, language: str, origin: str
) -> Iterator[list[tuple[dict[str, Any], dict[str, dict[str, Any]]]]]:
    """Yield some pairs at a time: the row of the output, and the rows of its question and passage."""
    with ParquetFile(pairs) as file:
        for batch in file.iter_batches(_ROWS):
            rows = batch.to_pylist()
            found = {part: texts.rows([row[part] for row in rows]) for part in _PARTS}
            joined = []
            for number, row in enumerate(rows):
                parts = {part: found[part][number] for part in _PARTS}
                row |= {part: text["translation"] for part, text in parts.items()}
                row |= {f"{part}_{name}": parts[part][name] for part in _PARTS for name in Measures._fields}
                joined.append((row | {"language": language, "origin": origin, "source": row["language"]}, parts))
            yield joined
