"""The English version of a candidate, where a benchmark has one: a gloss for who does not read its language."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equilingual.retrieval.columns import parts_of, places_of, values_at
from equilingual.retrieval.tables import BenchmarkTables

ENGLISH = "en"
_POSITION = "_[0-9]+$"  # of an id: a sentence of a paragraph, a line of a file


def english_versions(tables: BenchmarkTables, rows: Sequence[int]) -> dict[int, int]:
    """Return the row of the English version of each of these candidates that has one in its collection.

    Two candidates are versions of each other if they are the only relevant ones of a question in their languages. Ids
    that differ in the language alone say the same, but for ids with a position: a paragraph may have other sentences
    in another language. There both languages need as many positions, and no judgement may say otherwise.
    """
    if not any(ENGLISH in one.languages and len(one.languages) > 1 for one in tables.collections):
        return {}
    tags = _Tags(tables)
    judged: dict[int, int] = {}
    for row, english in _judged(tables, tags):
        judged.setdefault(row, english)
    wanted = [row for row in rows if tags[row] != ENGLISH]
    found = _by_id(tables, [row for row in wanted if row not in judged], tags)
    names = _names(tables, {*judged, *judged.values()})
    contradicted = {
        _group(names[row])
        for row, english in judged.items()
        if names[row].removeprefix(f"{tags[row]}_") != names[english].removeprefix(f"{ENGLISH}_")
    }
    trusted = {row: english for row, (english, group) in found.items() if group not in contradicted}
    return {row: gloss for row in wanted if (gloss := judged.get(row, trusted.get(row))) is not None}


class _Tags:
    """The language of each candidate, by row."""

    def __init__(self, tables: BenchmarkTables) -> None:
        self._languages, self._codes = tables.languages, tables.language_codes

    def __getitem__(self, row: int) -> str:
        return str(self._languages[self._codes[row]])


def _names(tables: BenchmarkTables, rows: Iterable[int]) -> dict[int, str]:
    """Return the ids of some candidates, by row."""
    ordered = sorted(rows)
    ids = values_at(tables.candidates["candidate_id"], np.array(ordered, dtype=np.int64))
    return dict(zip(ordered, ids.to_pylist(), strict=True))


def _judged(tables: BenchmarkTables, tags: _Tags) -> Iterator[tuple[int, int]]:
    """Yield a candidate and its English version, of each question with one relevant candidate in each of both."""
    relevant: dict[str, set[int]] = {}
    for question, rows in zip(tables.queries["query_id"].to_pylist(), tables.relevant.tolist(), strict=True):
        relevant.setdefault(question, set()).update(row for row in rows if row >= 0)
    for rows in relevant.values():
        count = Counter(tags[row] for row in rows)
        if count[ENGLISH] == 1:
            english = next(row for row in rows if tags[row] == ENGLISH)
            yield from ((row, english) for row in sorted(rows) if row != english and count[tags[row]] == 1)


def _by_id(tables: BenchmarkTables, rows: Sequence[int], tags: _Tags) -> dict[int, tuple[int, str]]:
    """Return the row with the same id in English, and the group of the candidate's id, if positions fit."""
    ids, names = tables.candidates["candidate_id"], _names(tables, rows)
    wanted = {row: f"{ENGLISH}_{names[row].removeprefix(f'{tags[row]}_')}" for row in rows}
    places = places_of(parts_of(ids), pa.array(wanted.values(), pa.string())).tolist()
    sizes = _sizes(ids, {_group(name) for name in (*names.values(), *wanted.values())})
    found = {}
    for (row, english), place in zip(wanted.items(), places, strict=True):
        group = _group(names[row])
        fits = group == names[row] or sizes.get(group) == sizes.get(_group(english))
        if place >= 0 and fits and names[row].startswith(f"{tags[row]}_") and _together(tables, (row, place)):
            found[row] = (place, group)
    return found


def _group(name: str) -> str:
    """Return an id without its position; the id itself where it has none."""
    start, _, position = name.rpartition("_")
    return start if position.isascii() and position.isdigit() else name


def _sizes(ids: pa.ChunkedArray, groups: Collection[str]) -> dict[str, int]:
    """Return how many candidates have an id of each group, without its position; those of none are left out."""
    names = sorted(groups)
    counts = np.zeros(len(names), dtype=np.int64)
    for part in parts_of(ids):
        with_position = part.filter(pc.match_substring_regex(part, _POSITION))
        found = pc.index_in(
            pc.replace_substring_regex(with_position, _POSITION, ""), value_set=pa.array(names, pa.string())
        )
        counts += np.bincount(found.drop_null().to_numpy(zero_copy_only=False), minlength=len(names))
    return {name: count for name, count in zip(names, counts.tolist(), strict=True) if count}


def _together(tables: BenchmarkTables, rows: Iterable[int]) -> bool:
    """Return whether candidates are of the same collection."""
    parts = [one.candidates for one in tables.collections]
    return len({next(n for n, part in enumerate(parts) if part.start <= row < part.stop) for row in rows}) == 1
