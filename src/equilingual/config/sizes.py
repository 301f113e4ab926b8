"""How many QA pairs a training set can have at most, and whether the batches make sense with so many.

Asked before any job starts: translation and the search for duplicates may take hours. Only small files of the project
are counted, and only those of a format with one pair in a line; what is not counted may be of any size.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from equilingual.config.batch_settings import OFTEN_SEEN
from equilingual.config.corpora import Corpus
from equilingual.config.grid import arms
from equilingual.config.models import Config
from equilingual.config.training_sets import TrainingSet

_BYTES = 20_000_000  # a larger file is not read at every start


def size_problems(config: Config, root: Path) -> list[str]:
    """Return a line for each training set that has fewer QA pairs than one batch, as far as its files tell.

    Paths are relative to ``root``.
    """
    return [
        f"training_sets.{name}: {most} QA pairs at most, fewer than the batch size of {size}: no batch can be built; "
        f"add QA pairs or lower {_key(variants, 'batch_size')}"
        for name, most in _counted(config, root)
        for (size, _), variants in _sizes(config, name).items()
        if most < size
    ]


def size_warnings(config: Config, root: Path) -> list[str]:
    """Return a line for each training set that is so small that each QA pair is seen very often.

    Paths are relative to ``root``.
    """
    return [
        f"training_sets.{name}: {batches} batches of {size} from {most} QA pairs at most: each pair is seen "
        f"{size * batches // most} times; lower {_key(variants, 'batches')} or add QA pairs"
        for name, most in _counted(config, root)
        for (size, batches), variants in _sizes(config, name).items()
        if size <= most and size * batches >= OFTEN_SEEN * most
    ]


def _sizes(config: Config, training_set: str) -> dict[tuple[int, int], list[str | None]]:
    """Return the batch sizes and numbers of batches of a training set, each with the variants that have them."""
    found: dict[tuple[int, int], list[str | None]] = {}
    for name in dict.fromkeys(arm.variant for arm in arms(config) if arm.training_set == training_set):
        batches = config.varied(name).batches
        found.setdefault((batches.batch_size, batches.batches), []).append(name)
    return found


def _key(variants: Sequence[str | None], key: str) -> str:
    """Return a key of the batches where it can be changed: in the batches, or in the first of some variants."""
    return f"batches.{key}" if None in variants else f"variants.{variants[0]}.batches.{key}"


def _counted(config: Config, root: Path) -> Iterator[tuple[str, int]]:
    """Yield each training set whose pairs can be counted, with how many it has at most."""
    for name, training_set in config.training_sets.items():
        most = [_most(config.corpora[corpus], training_set, root) for corpus in training_set.corpora]
        if None not in most:
            there = sum(one for one in most if one is not None)
            yield name, there if training_set.pairs is None else min(there, training_set.pairs)


def _most(corpus: Corpus, training_set: TrainingSet, root: Path) -> int | None:
    """Return how many pairs a training set can have of a corpus; ``None`` where that cannot be told.

    A pair that is asked for in every language is in the language with the fewest. With ``min_languages`` it may be in
    any, and those of one language may be in no other.
    """
    languages = [tag for tag in training_set.languages if tag in corpus.files]
    if len(languages) < len(training_set.languages) and training_set.source in corpus.files:
        languages.append(training_set.source)  # the others may be made of it
    counts = [_pairs(corpus, language, root) for language in dict.fromkeys(languages)]
    found = [count for count in counts if count is not None]
    if training_set.min_languages is None:
        return min(found, default=None)
    return sum(found) if len(found) == len(counts) else None


def _pairs(corpus: Corpus, language: str, root: Path) -> int | None:
    places = corpus.files[language].by_role().get("file", ())
    counts = [None if place.file is None else _rows(corpus, root / place.file) for place in places]
    return sum(count for count in counts if count is not None) if counts and None not in counts else None


def _rows(corpus: Corpus, path: Path) -> int | None:
    """Return how many pairs a file has at most; ``None`` where that would take long, or a row may have several."""
    try:
        if corpus.format not in ("jsonl", "csv", "tsv") or path.suffix == ".gz" or path.stat().st_size > _BYTES:
            return None
        lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, ValueError):
        return None  # the stage that reads it says why
    if corpus.format == "jsonl":
        return None if any(map(_has_list, lines)) else len(lines)
    return max(len(lines) - 1, 0)  # a text may have line breaks: there are so many pairs at most


def _has_list(line: str) -> bool:
    """Return whether a row may be several pairs, or is none that can be read."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return True
    values = row.values() if isinstance(row, dict) else ()
    return not isinstance(row, dict) or any(isinstance(value, (list, dict)) for value in values)
