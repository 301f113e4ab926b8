"""The stage ``find_duplicates``: the QA pairs of a training set that another one repeats.

in:  the canonical pairs of a training set, in every language
out: ``results/duplicates/{training_set}.parquet``, a row per pair to leave out, with the columns of
     :data:`DUPLICATE_SCHEMA`, and ``{training_set}.json`` with counts and examples

Two pairs are compared in one language: the training set's source where both have it, else its first language that both
have. They are exact duplicates if there question and passage are equal, normalised, and near duplicates if both are
alike enough (:mod:`equilingual.corpora.shingles`). Pairs that no language has together are no duplicates.

Pairs are taken in an order: those in more languages first, then in the order of the corpora, then of the rows (of
the language to compare in; what it lacks, of the next). A pair that is a duplicate of one that was kept before is left
out: of an exact one rather than of a near one, of the first of several. Every other pair is kept. So what a duplicate
points to is always kept, and a pair never gives way to one in fewer languages, which ``min_languages`` might then leave
out as well.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from heapq import nsmallest
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equilingual.config.duplicates import NearDuplicates
from equilingual.corpora.buckets import Buckets
from equilingual.corpora.errors import CorpusError
from equilingual.corpora.shingles import Nearness, ShingleSets, band_hashes
from equilingual.files import write_json
from equilingual.numbering import CorpusFiles, PairIndex, repeated, text_hashes
from equilingual.parquet import ParquetFile, read_columns, write_parquet
from equilingual.texts import normalize_text
from equilingual.training_sets import TrainingSetFiles

logger = logging.getLogger(__name__)

DUPLICATE_SCHEMA = pa.schema(
    [("pair_id", pa.string()), ("kind", pa.string()), ("kept", pa.string()), ("similarity", pa.float32())]
)
KINDS = ("exact", "near")
_EXAMPLES = 3  # of each kind
_LONGEST = 300  # characters of an example
# Texts made by one pattern are all a little alike: without a limit, time would grow with their square. Pairs of equal
# shingles agree in every band, and are always among the likeliest.
_MOST_COMPARED = 100


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A pair to leave out; pairs are numbers."""

    pair: int
    kind: str
    kept: int
    similarity: float
    language: int  # in which the two were compared


def find_duplicates(
    *,
    training_set: TrainingSetFiles,
    source: str,
    near_duplicates: NearDuplicates | None = None,
    out: str | PathLike[str],
    counts_out: str | PathLike[str],
) -> None:
    """List the pairs that repeat another, in the order of the corpora and their rows, and count them.

    Args:
        training_set: its files.
        source: the language that pairs are compared in where they have it.
        near_duplicates: how alike near duplicates are; ``None``: none is looked for.
        out: the list, a Parquet file.
        counts_out: a JSON file.

    Memory is about 4 bytes a pair and language, 100 a pair besides, with ``near_duplicates`` 4 a pair and band, and
    some hundred a duplicate; it does not grow with the texts.

    Raises:
        CorpusError: one file has an id twice.

    """
    nearness = Nearness(**near_duplicates.model_dump()) if near_duplicates is not None else None
    pairs = _Pairs(training_set.files, sorted(training_set.languages, key=lambda tag: tag != source))
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    found, in_part = _find(pairs, nearness, Path(out).parent)
    found.sort(key=lambda one: pairs.order[one.pair])
    left_out, kept = pairs.ids([one.pair for one in found]), pairs.ids([one.kept for one in found])
    kinds = pa.array([one.kind for one in found], pa.string())
    similarities = pa.array([one.similarity for one in found], pa.float32())
    write_parquet(pa.table([left_out, kinds, kept, similarities], schema=DUPLICATE_SCHEMA), out)
    summary = {
        "training_set": training_set.name,
        "compared_in": pairs.languages,
        "near_duplicates": None if nearness is None else near_settings(nearness) | {"compared_in_part": in_part},
        "pairs": len(pairs),
        "kept": len(pairs) - len(found),
        "corpora": _counts(pairs, found),
        "examples": [_example(pairs, found[n], left_out[n].as_py(), kept[n].as_py()) for n in _to_show(found)],
    }
    write_json(summary, counts_out)
    logger.info("%d pairs, %d of them duplicates", len(pairs), len(found))


def near_settings(nearness: Nearness) -> dict[str, float | int]:
    """Return what near duplicates were looked for with, and how many of those at the threshold that finds."""
    names = ("threshold", "permutations", "shingle", "bands", "band_rows", "found_at_threshold")
    return {name: getattr(nearness, name) for name in names}


class _Pairs:
    """The pairs of a training set as numbers: 0 is the first to be kept.

    Attributes:
        files: corpus to language to canonical pairs.
        languages: in the order in which they are chosen to compare two pairs in.
        numbers: per language, int32 [rows]: the pair of each row, the corpora one after the other.
        corpus: int16 [pairs].
        order: int32 [pairs], the pair's place in the order of the corpora and of their rows.

    """

    def __init__(self, files: CorpusFiles, languages: Sequence[str]) -> None:
        self.files, self.languages = files, languages
        index = PairIndex()
        rows = [index.positions(*_ids(files, language)) for language in languages]
        for language, numbers in zip(languages, rows, strict=True):
            if twice := repeated(numbers):
                where = ", ".join(str(by_language[language]) for by_language in files.values())
                raise CorpusError(where, "", f"{twice} pair ids are duplicates: a pair has one row per language")
        there = np.zeros((len(index), len(languages)), dtype=bool)
        for number, positions in enumerate(rows):
            there[positions, number] = True
        before = np.lexsort((index.corpus, -there.sum(axis=1, dtype=np.int32)))  # stable: then by appearance
        number_of = np.empty(len(index), dtype=np.int32)
        number_of[before] = np.arange(len(index), dtype=np.int32)
        self.numbers = [number_of[positions] for positions in rows]
        self.corpus = index.corpus[before]
        self._there = np.packbits(there[before], axis=1, bitorder="little")
        self.order = np.empty(len(index), dtype=np.int32)
        self.order[np.lexsort((before, self.corpus))] = np.arange(len(index), dtype=np.int32)

    def __len__(self) -> int:
        return len(self.corpus)

    def earlier(self, language: int) -> np.ndarray:
        """Return uint8 [rows, bytes]: of the languages before this one, as bits, those that a row's pair has."""
        bits = np.packbits(np.arange(len(self.languages)) < language, bitorder="little")
        earlier: np.ndarray = self._there[self.numbers[language]] & bits
        return earlier

    def has(self, pair: int) -> int:
        """Return the languages that a pair has as the bits of a number."""
        return int.from_bytes(self._there[pair].tobytes(), "little")

    def texts(
        self, language: int, wanted: np.ndarray | None = None
    ) -> Iterator[tuple[np.ndarray, list[str], list[str]]]:
        """Yield (int64 [rows], questions, passages) of a language, normalised, one stretch after the other.

        ``wanted`` (bool [pairs]) says of which pairs; ``None``: of all.
        """
        start = 0
        for by_language in self.files.values():
            for batch in read_columns(by_language[self.languages[language]], ["question", "passage"]):
                rows = np.arange(start, start + batch.num_rows)
                start += batch.num_rows
                if wanted is not None:
                    here = wanted[self.numbers[language][rows]]
                    rows, batch = rows[here], batch.filter(pa.array(here))
                questions, passages = ([normalize_text(text) for text in side.to_pylist()] for side in batch.columns)
                yield rows, questions, passages

    def ids(self, wanted: Sequence[int]) -> pa.Array:
        """Return ``corpus/pair_id`` of some pairs."""
        numbers, places = np.unique(np.array(wanted, dtype=np.int32), return_inverse=True)
        missing = np.zeros(len(self), dtype=bool)
        missing[numbers] = True
        pairs, ids = [np.empty(0, dtype=np.int32)], [pa.array([], pa.string())]
        for number, language in enumerate(self.languages):
            if not missing.any():
                break
            start = 0
            for corpus, by_language in self.files.items():
                for batch in read_columns(by_language[language], ["pair_id"]):
                    here = self.numbers[number][start : start + batch.num_rows]
                    start += batch.num_rows
                    rows = np.flatnonzero(missing[here])
                    pairs.append(here[rows])
                    own = batch["pair_id"].take(pa.array(rows)).cast(pa.string())
                    ids.append(pc.binary_join_element_wise(corpus, own, "/"))
                    missing[here] = False
        order = np.argsort(np.concatenate(pairs))  # that of numbers
        return pa.concat_arrays(ids).take(pa.array(order[places]))

    def text(self, pair: int, language: int) -> dict[str, str]:
        """Return the question and the passage of one pair."""
        row = int(np.flatnonzero(self.numbers[language] == pair)[0])
        for by_language in self.files.values():
            with ParquetFile(by_language[self.languages[language]]) as file:
                for group in range(file.num_row_groups):
                    rows = file.metadata.row_group(group).num_rows
                    if row < rows:
                        found: dict[str, str] = (
                            file.read_row_group(group, ["question", "passage"]).slice(row, 1).to_pylist()[0]
                        )
                        return found
                    row -= rows
        raise AssertionError("every row is in a file")


def _ids(files: CorpusFiles, language: str) -> tuple[np.ndarray, np.ndarray]:
    """Return uint64 [rows], the hashes of a language's ids, and int16 [rows], the corpora."""
    hashes, corpora = [np.empty(0, dtype=np.uint64)], [np.empty(0, dtype=np.int16)]
    for number, (corpus, by_language) in enumerate(files.items()):
        for batch in read_columns(by_language[language], ["pair_id"]):
            ids = (f"{corpus}/{pair_id}" for pair_id in batch["pair_id"].to_pylist())
            hashes.append(text_hashes(ids, normalised=False))
            corpora.append(np.full(batch.num_rows, number, dtype=np.int16))
    return np.concatenate(hashes), np.concatenate(corpora)


def _find(pairs: _Pairs, nearness: Nearness | None, folder: Path) -> tuple[list[Duplicate], int]:
    buckets = Buckets()
    for language in range(len(pairs.languages)):
        earlier = pairs.earlier(language)
        # Where every pair has one of the earlier languages, any two are compared in that one.
        if not np.bitwise_and.reduce(earlier, axis=0).any():
            _fill(buckets, pairs, language, earlier, nearness)
    with ExitStack() as stack:
        sets = {
            language: stack.enter_context(_shingle_sets(pairs, members, language, nearness, folder))
            for language, members in buckets.near_members().items()
            if nearness is not None
        }
        least = nearness.threshold if nearness is not None else 1.0
        return _walk(pairs, buckets, least, lambda language, *two: sets[language].similarity(*two))


def _fill(buckets: Buckets, pairs: _Pairs, language: int, earlier: np.ndarray, nearness: Nearness | None) -> None:
    """Put the rows of a language into buckets."""
    numbers = pairs.numbers[language]
    keys = np.empty(len(numbers), dtype=np.uint64)
    bands = np.empty((nearness.bands if nearness is not None else 0, len(numbers)), dtype=np.uint32)
    for rows, questions, passages in pairs.texts(language):
        # A normalised text has no line break, so that no two pairs run together to the same text.
        keys[rows] = text_hashes(map("\n".join, zip(questions, passages, strict=True)), normalised=False)
        if nearness is not None:
            bands[:, rows] = band_hashes(questions, passages, nearness).T
    buckets.add(keys, numbers, earlier, language, is_near=False)
    for band in bands:
        buckets.add(band, numbers, earlier, language, is_near=True)


def _shingle_sets(pairs: _Pairs, members: np.ndarray, language: int, nearness: Nearness, folder: Path) -> ShingleSets:
    """Read a language again and return the shingles of the pairs that are to be compared."""
    sets = ShingleSets(members, nearness, folder)
    is_member = np.zeros(len(pairs), dtype=bool)
    is_member[members] = True
    for rows, questions, passages in pairs.texts(language, is_member):
        sets.add(pairs.numbers[language][rows], questions, passages)
    return sets


def _walk(
    pairs: _Pairs, buckets: Buckets, threshold: float, similarity: Callable[[int, int, int], float]
) -> tuple[list[Duplicate], int]:
    """Take the pairs in their order; ``similarity`` is of a language and two pairs.

    Return those to leave out, and how many were compared with the likeliest only.
    """
    languages, is_near = (kinds.tolist() for kinds in buckets.kinds())
    # By bucket, what was kept: of exact duplicates one pair, which stands for all; of near ones all. By their earlier
    # languages; the many that have none lie in an array.
    first = np.full(len(languages), -1, dtype=np.int32)
    kept: dict[int, dict[int, list[int]]] = {}
    found, in_part = [], 0
    for pair, numbers in buckets.by_member():
        has = pairs.has(pair)
        places = [(number, languages[number], has & ((1 << languages[number]) - 1)) for number in numbers]
        mates: list[Counter[tuple[int, int]]] = [Counter(), Counter()]  # exact, near: (pair, language)
        for number, language, earlier in places:
            if first[number] >= 0:
                mates[0][int(first[number]), language] += 1
            for others, there in kept.get(number, {}).items():
                if not others & earlier:  # else the two are compared in a language before this one
                    mates[is_near[number]].update((mate, language) for mate in there)
        exact, near = mates
        in_part += not exact and len(near) > _MOST_COMPARED
        duplicate = _exact(pair, exact) or _near(pair, near, threshold, similarity)
        if duplicate is not None:
            found.append(duplicate)
            continue
        for number, _, earlier in places:
            if not is_near[number] and not earlier:
                first[number] = pair
                continue
            there = kept.setdefault(number, {}).setdefault(earlier, [])
            if is_near[number] or not there:
                there.append(pair)
    return found, in_part


def _exact(pair: int, mates: Counter[tuple[int, int]]) -> Duplicate | None:
    if not mates:
        return None
    mate, language = min(mates)
    return Duplicate(pair, KINDS[0], mate, 1.0, language)


def _near(
    pair: int, mates: Counter[tuple[int, int]], threshold: float, similarity: Callable[[int, int, int], float]
) -> Duplicate | None:
    """Return the first of those that agree in most bands that is alike enough."""
    likeliest = nsmallest(_MOST_COMPARED, mates, key=lambda mate: (-mates[mate], mate))
    for mate, language in sorted(likeliest):
        alike = similarity(language, pair, mate)
        if alike >= threshold:
            return Duplicate(pair, KINDS[1], mate, alike, language)
    return None


def _counts(pairs: _Pairs, found: Sequence[Duplicate]) -> dict[str, dict[str, Any]]:
    """Return, per corpus, its pairs and its duplicates of each kind, of a pair of the same corpus or of another."""
    counts = Counter(
        (int(pairs.corpus[one.pair]), one.kind, bool(pairs.corpus[one.pair] == pairs.corpus[one.kept])) for one in found
    )
    sizes = np.bincount(pairs.corpus, minlength=len(pairs.files)).tolist()
    return {
        corpus: {
            "pairs": sizes[number],
            **{kind: {"within": counts[number, kind, True], "across": counts[number, kind, False]} for kind in KINDS},
        }
        for number, corpus in enumerate(pairs.files)
    }


def _to_show(found: Sequence[Duplicate]) -> list[int]:
    """Return the places of the first exact duplicates, and of the near ones that are least alike.

    These show what the threshold does.
    """
    exact, near = ([place for place, one in enumerate(found) if one.kind == kind] for kind in KINDS)
    return exact[:_EXAMPLES] + sorted(near, key=lambda place: found[place].similarity)[:_EXAMPLES]


def _example(pairs: _Pairs, one: Duplicate, left_out: str, kept: str) -> dict[str, Any]:
    texts = [pairs.text(number, one.language) for number in (one.pair, one.kept)]
    return {
        **{"kind": one.kind, "similarity": one.similarity, "language": pairs.languages[one.language]},
        **{"pair_id": left_out, "kept": kept},
        **{
            part: dict(zip(("left_out", "kept"), (_shortened(text[part]) for text in texts), strict=True))
            for part in ("question", "passage")
        },
    }


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
