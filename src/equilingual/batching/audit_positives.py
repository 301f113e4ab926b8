"""The audit of the further positives in written batches: texts and languages are looked up in the corpora again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equilingual.batching.chances import chi_squared, counted_problems, sampling_problems
from equilingual.batching.counting import rows_of
from equilingual.batching.negatives import NEGATIVES
from equilingual.batching.pairs import read_hashes
from equilingual.batching.positives import POSITIVE_LANGUAGES, POSITIVES
from equilingual.batching.reader import BatchReader
from equilingual.config.batch_settings import Sampling
from equilingual.numbering import CorpusFiles, text_hashes

_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: spreads small numbers over all bits


def audit_positives(reader: BatchReader, files: CorpusFiles, languages: Sequence[str]) -> dict[str, Any] | None:
    """Return what is found of the further positives; ``None`` where none were asked for.

    ``rows`` are those with 0, 1, 2, … of them; ``test`` is the chi-squared test of the language of each row's first
    one, given those that its pair exists in. ``fewer`` counts rows with fewer than their pair has languages for,
    ``too many`` those with more than were asked for, ``repeated`` positives in a language that the row has already,
    ``strange`` texts that are not the pair's in the language, and ``shared`` texts that another pair of the batch, or a
    hard negative in it, has as well.
    """
    asked = reader.summary["positives"]
    if not asked:
        return None
    weights = np.array([asked["weights"].get(language, 0.0) for language in languages])
    shown = _Shown(reader, languages, asked["count"] - 1)
    able = np.zeros((len(shown.pairs), len(languages)), dtype=bool)
    strange = 0
    for number, language in enumerate(languages):
        there, passages = _passages(files, language, shown.pairs)
        able[:, number] = there
        same = there[:, None] & (shown.texts == passages[:, None])
        strange += int(((shown.languages == number) & ~same).sum())
    rows = np.arange(len(able))
    able[rows, shown.passage_languages] = False
    possible = able & (weights > 0)
    counts = (shown.languages >= 0).sum(axis=1)
    found = {
        "fewer": int((counts < np.minimum(possible.sum(axis=1), asked["count"] - 1)).sum()),
        "too many": shown.too_many,
        "repeated": _repeated(shown),
        "strange": strange,
        "shared": shown.shared,
        "test": _test(shown.languages[:, 0], possible * weights),
    }
    histogram = np.bincount(counts, minlength=asked["count"])
    return {"asked": asked["count"], "rows": {str(n): int(count) for n, count in enumerate(histogram)}} | found


def positive_disagreements(said: Mapping[str, Any] | None, count: int, sampling: Sampling | None) -> Iterable[str]:
    """Yield where the manifest's ``positives`` are not what was asked for; the test goes by their weights."""
    if (said["count"] if said else 1) != count:
        yield f"the manifest has {said['count'] if said else 1} positives for each query, the configuration {count}"
    elif said and sampling is None and len(set(said["weights"].values())) > 1:
        yield "the manifest weights the languages of positives, the configuration samples them uniformly"


def positive_problems(found: Mapping[str, Any]) -> Iterable[str]:
    """Yield what is wrong with what :func:`audit_positives` found."""
    said = {
        "fewer": "rows have fewer positives than their pair has languages",
        "too many": "rows have more positives than configured",
        "repeated": "positives are in the language of another positive of their row",
        "strange": "positives differ from the passage of their pair in that language",
        "shared": "positives are, as the batch shows them, a passage of another pair or a hard negative of their batch",
    }
    yield from counted_problems(found, said)
    yield from sampling_problems(found.get("test"), "the languages of positives")


class _Shown:
    """The further positives of all rows: 18 bytes each, and 10 a row.

    Attributes:
        pairs: uint64 [rows], the pair of each row.
        passage_languages: int16 [rows].
        languages: int16 [rows, count], -1 behind a row's last.
        texts: uint64 [rows, count], of the normalised text.
        too_many: how many rows have more than ``count``; only the first are in the arrays.
        shared: how many positives have the text of another pair of their batch.

    """

    def __init__(self, reader: BatchReader, languages: Sequence[str], count: int) -> None:
        numbers = {language: number for number, language in enumerate(languages)}
        parts: list[tuple[np.ndarray, ...]] = []
        self.too_many = self.shared = 0
        for table in rows_of(reader, bitext=False):
            sizes = pc.list_value_length(table[POSITIVES]).to_numpy()
            self.too_many += int((sizes > count).sum())
            rows = np.repeat(np.arange(len(table)), sizes)
            ranks = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            kept = ranks < count
            places = (rows[kept], ranks[kept])
            spoken = np.full((len(table), count), -1, dtype=np.int16)
            hashes = np.zeros((len(table), count), dtype=np.uint64)
            tags = pc.list_flatten(table[POSITIVE_LANGUAGES]).to_pylist()
            spoken[places] = np.array([numbers[tag] for tag in tags], dtype=np.int16)[kept]
            hashes[places] = text_hashes(pc.list_flatten(table[POSITIVES]).to_pylist())[kept]
            pairs = text_hashes(table["pair_id"].to_pylist(), normalised=False)
            passages = np.array([numbers[tag] for tag in table["passage_language"].to_pylist()], dtype=np.int16)
            self.shared += _shared(table, pairs, spoken >= 0, hashes)
            parts.append((pairs, passages, spoken, hashes))
        together = map(np.concatenate, zip(*parts, strict=True))
        self.pairs, self.passage_languages, self.languages, self.texts = together


def _shared(table: pa.Table, pairs: np.ndarray, there: np.ndarray, texts: np.ndarray) -> int:
    """Return how many positives have, as the batches show them, another pair's text or that of a hard negative."""
    batches = table["batch_id"].to_numpy().astype(np.uint64) * _ODD
    rows, _ = np.nonzero(there)
    own = texts[there] + batches[rows]
    passages = text_hashes(table["passage"].to_pylist()) + batches
    keys = np.concatenate((own, passages))
    owners = np.concatenate((pairs[rows], pairs))
    seen = np.unique(np.stack((keys, owners), axis=1), axis=0)  # a text once for each pair that has it
    values, counts = np.unique(seen[:, 0], return_counts=True)
    several = [values[counts > 1]]
    if NEGATIVES in table.schema.names:
        lengths = pc.list_value_length(table[NEGATIVES]).to_numpy()
        several.append(text_hashes(pc.list_flatten(table[NEGATIVES]).to_pylist()) + batches.repeat(lengths))
    return int(np.isin(own, np.concatenate(several)).sum())


def _passages(files: CorpusFiles, language: str, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each of some pairs, whether it exists in a language, and the hash of its passage."""
    hashes, _ = read_hashes(files, language)
    order = np.argsort(hashes["pair_id"], kind="stable").astype(np.int32)
    ordered = hashes["pair_id"][order]
    if not len(ordered):
        return np.zeros(len(pairs), dtype=bool), np.zeros(len(pairs), dtype=np.uint64)
    places = np.minimum(np.searchsorted(ordered, pairs), len(ordered) - 1)
    return ordered[places] == pairs, hashes["passage"][order[places]]


def _repeated(shown: _Shown) -> int:
    """Return how many positives are in a language that their row has already."""
    spoken = np.sort(np.column_stack((shown.passage_languages, shown.languages)), axis=1)
    return int(((spoken[:, 1:] == spoken[:, :-1]) & (spoken[:, 1:] >= 0)).sum())


def _test(first: np.ndarray, weights: np.ndarray) -> dict[str, float | int | None]:
    """Return the test of the languages drawn first, each by float64 [rows, languages], among those of its row."""
    drawn = first >= 0
    totals = weights[drawn].sum(axis=1, keepdims=True)
    chances = np.divide(weights[drawn], totals, out=np.zeros_like(weights[drawn]), where=totals > 0).sum(axis=0)
    counts = np.bincount(first[drawn], minlength=weights.shape[1])
    if not chances.any():
        return {"draws": 0, "chi2": None, "freedom": None, "p": None}
    return {"draws": int(drawn.sum()), **chi_squared(counts, chances / chances.sum())}
