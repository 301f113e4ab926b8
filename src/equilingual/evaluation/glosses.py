"""The English version of a candidate, where a benchmark has one: a gloss for who does not read its language."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equilingual.retrieval.tables import BenchmarkTables

ENGLISH = "en"
_POSITION = "_[0-9]+$"  # of an id: a sentence of a paragraph, a line of a file


def english_versions(tables: BenchmarkTables, rows: Sequence[int]) -> dict[int, int]:
    """Return the row of the English version of each of these candidates that has one in its collection.

    Two candidates are versions of each other if they are the only relevant ones of a question in their languages. Ids
    that differ in the language alone say the same, but for ids with a position: a paragraph may have other sentences
    in another language. There both languages need as many positions, and no judgement may say otherwise.
    """
    tags = np.asarray(tables.candidates["language"].to_numpy())
    if not any(ENGLISH in one.languages and len(one.languages) > 1 for one in tables.collections):
        return {}
    judged: dict[int, int] = {}
    for row, english in _judged(tables, tags):
        judged.setdefault(row, english)
    wanted = [row for row in rows if tags[row] != ENGLISH]
    ids = tables.candidates["candidate_id"]
    found = _by_id(tables, [row for row in wanted if row not in judged], tags)
    names = ids.take(pa.array([*judged, *judged.values()], pa.int64())).to_pylist()
    contradicted = {
        _group(own)
        for own, english, row in zip(names[: len(judged)], names[len(judged) :], judged, strict=True)
        if own.removeprefix(f"{tags[row]}_") != english.removeprefix(f"{ENGLISH}_")
    }
    trusted = {row: english for row, (english, group) in found.items() if group not in contradicted}
    return {row: gloss for row in wanted if (gloss := judged.get(row, trusted.get(row))) is not None}


def _judged(tables: BenchmarkTables, tags: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield a candidate and its English version, of each question with one relevant candidate in each of both."""
    relevant: dict[str, set[int]] = {}
    for question, rows in zip(tables.queries["query_id"].to_pylist(), tables.relevant.tolist(), strict=True):
        relevant.setdefault(question, set()).update(row for row in rows if row >= 0)
    for rows in relevant.values():
        count = Counter(tags[row] for row in rows)
        if count[ENGLISH] == 1:
            english = next(row for row in rows if tags[row] == ENGLISH)
            yield from ((row, english) for row in sorted(rows) if row != english and count[tags[row]] == 1)


def _by_id(tables: BenchmarkTables, rows: Sequence[int], tags: np.ndarray) -> dict[int, tuple[int, str]]:
    """Return the row with the same id in English, and the group of the candidate's id, if positions fit."""
    ids = tables.candidates["candidate_id"].combine_chunks()
    names = dict(zip(rows, ids.take(pa.array(rows, pa.int64())).to_pylist(), strict=True))
    wanted = {row: f"{ENGLISH}_{name.removeprefix(f'{tags[row]}_')}" for row, name in names.items()}
    places = pc.index_in(pa.array(wanted.values(), pa.string()), ids).to_pylist()
    sizes = _sizes(ids)
    found = {}
    for (row, english), place in zip(wanted.items(), places, strict=True):
        group = _group(names[row])
        fits = group == names[row] or sizes.get(group) == sizes.get(_group(english))
        if place is not None and fits and names[row].startswith(f"{tags[row]}_") and _together(tables, (row, place)):
            found[row] = (place, group)
    return found


def _group(name: str) -> str:
    """Return an id without its position; the id itself where it has none."""
    start, _, position = name.rpartition("_")
    return start if position.isascii() and position.isdigit() else name


def _sizes(ids: pa.Array) -> dict[str, int]:
    """Return how many candidates there are of each group of ids that have positions."""
    with_position = ids.filter(pc.match_substring_regex(ids, _POSITION))
    counts = pc.value_counts(pc.replace_substring_regex(with_position, _POSITION, ""))
    return dict(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True))


def _together(tables: BenchmarkTables, rows: Iterable[int]) -> bool:
    """Return whether candidates are of the same collection."""
    parts = [one.candidates for one in tables.collections]
    return len({next(n for n, part in enumerate(parts) if part.start <= row < part.stop) for row in rows}) == 1
