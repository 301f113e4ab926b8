"""The texts that an encoder is distilled on: questions and passages in every language, drawn by seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import NamedTuple

import numpy as np

from equilingual.numbering import text_hashes
from equilingual.parquet import read_columns
from equilingual.seeding import generator

Place = str | PathLike[str]
# One passage in twenty, and the questions that it answers, are for the measure before and after; of each side, about
# this many texts at most.
_HELD_OUT = 0.05
_MOST_HELD_OUT = 256


class TooFewTextsError(ValueError):
    """There are too few passages to train on some and to hold some out."""


class Sides(NamedTuple):
    """Some questions and some passages."""

    questions: list[str]
    passages: list[str]


@dataclass(frozen=True)
class DistilledTexts:
    """What an encoder is distilled on.

    Attributes:
        batches: the texts of each step.
        held_out: texts of other passages and their questions, equally many of each language if it has so many.
        languages: BCP-47 tags, sorted.

    """

    batches: list[Sides]
    held_out: Sides
    languages: list[str]


def draw_texts(pairs: Sequence[Place], *, steps: int, batch_size: int, seed: int) -> DistilledTexts:
    """Draw the texts of every step. They are held in memory, and 9 bytes for each row of the tables meanwhile.

    Every language is as likely as the others, whatever its number of rows; within a language, no row comes again
    before all have come. A passage that is held out is in no batch, in any language with its ``passage_id``, and
    neither are the questions that it answers.

    Args:
        pairs: tables of canonical pairs; each is of one language, or empty.
        steps: how many batches.
        batch_size: texts of a batch; half of them are questions.
        seed: what is drawn depends on it and on the tables alone.

    Raises:
        TooFewTextsError: there are fewer than two passages.

    """
    languages = _languages(pairs)
    held_out = _held_out([language.passages for language in languages], seed)
    sizes = {"question": batch_size // 2, "passage": batch_size - batch_size // 2}
    drawn = [_draw_side(languages, held_out, column, steps, size, seed) for column, size in sizes.items()]
    batches = [Sides(*sides) for sides in zip(*(batches for batches, _ in drawn), strict=True)]
    return DistilledTexts(batches, Sides(*(tested for _, tested in drawn)), [language.tag for language in languages])


@dataclass(frozen=True)
class _Language:
    """The rows of a language: its files one after the other, and uint64 [rows], equal for rows of one passage."""

    tag: str
    files: list[Place]
    passages: np.ndarray

    def read(self, column: str, rows: np.ndarray) -> np.ndarray:
        """Return the texts of a column in some rows, in their order; a row may come several times."""
        wanted, places = np.unique(rows, return_inverse=True)
        texts = np.empty(len(wanted), dtype=object)
        start = 0
        for path in self.files:
            for batch in read_columns(path, [column]):
                first, last = np.searchsorted(wanted, (start, start + len(batch)))
                texts[first:last] = batch.column(0).take(wanted[first:last] - start).to_pylist()
                start += len(batch)
        return texts[places]


def _languages(pairs: Sequence[Place]) -> list[_Language]:
    """Return the languages of some tables, sorted."""
    files: dict[str, list[Place]] = {}
    passages: dict[str, list[np.ndarray]] = {}
    for path in pairs:
        for batch in read_columns(path, ["language", "passage_id"]):
            tag = batch["language"][0].as_py()
            if path not in files.setdefault(tag, []):
                files[tag].append(path)
            passages.setdefault(tag, []).append(text_hashes(batch["passage_id"].to_pylist(), normalised=False))
    return [_Language(tag, files[tag], np.concatenate(passages[tag])) for tag in sorted(files)]


def _held_out(passages: Sequence[np.ndarray], seed: int) -> np.ndarray:
    """Return the passages that are held out, by their numbers."""
    different = np.unique(np.concatenate([np.empty(0, np.uint64), *passages]))
    if len(different) < 2:
        raise TooFewTextsError("its training sets have fewer than two passages, and one is held out")
    count = max(1, round(_HELD_OUT * len(different)))
    found: np.ndarray = generator(seed, "distil_encoder", "held out").choice(different, count, replace=False)
    return found


def _draw_side(
    languages: Sequence[_Language], held_out: np.ndarray, column: str, steps: int, size: int, seed: int
) -> tuple[list[list[str]], list[str]]:
    """Return the texts of a column for each step, ``size`` at a step, and those that are held out."""
    rng = generator(seed, "distil_encoder", column)
    is_held = [np.isin(language.passages, held_out) for language in languages]
    trained = [number for number, held in enumerate(is_held) if not held.all()]
    owners = rng.choice(trained, size=steps * size)
    texts = np.empty(len(owners), dtype=object)
    tested: list[str] = []
    most = -(-_MOST_HELD_OUT // len(languages))
    for number, (language, held) in enumerate(zip(languages, is_held, strict=True)):
        places = np.flatnonzero(owners == number)
        texts[places] = language.read(column, _draw_rows(rng, np.flatnonzero(~held), len(places)))
        tested += language.read(column, rng.permutation(np.flatnonzero(held))[:most]).tolist()
    return texts.reshape(steps, size).tolist(), tested


def _draw_rows(rng: np.random.Generator, rows: np.ndarray, count: int) -> np.ndarray:
    """Return ``count`` rows, shuffled, and again from the beginning in another order when all have come."""
    found = [np.empty(0, np.int64)]
    while (left := count - sum(map(len, found))) > 0:
        found.append(rng.permutation(rows)[:left])
    return np.concatenate(found)
