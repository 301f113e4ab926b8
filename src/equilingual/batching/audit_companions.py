"""The audit of companions in written batches: their texts are looked up in the corpora again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from equilingual.batching.chances import chi_squared, counted_problems, sampling_problems
from equilingual.batching.companions import COMPANION_FIELDS, PIVOT, QUESTION
from equilingual.batching.counting import rows_of
from equilingual.batching.pairs import read_hashes
from equilingual.batching.reader import BatchReader
from equilingual.config.batch_settings import CompanionSettings
from equilingual.numbering import CorpusFiles, text_hashes


def audit_companions(reader: BatchReader, files: CorpusFiles, languages: Sequence[str]) -> dict[str, Any] | None:
    """Return what is found of the companions; ``None`` where none were asked for.

    ``rows`` are those with each companion. ``strange`` counts texts that the corpora do not have for the pair and the
    language, ``missing`` rows without a companion that their pair has, and ``same`` questions in the query's own
    language. ``languages`` has, for each language, how many questions are in it and how many are expected.
    """
    asked = (reader.summary.get("companions") or {}).get("asked")
    if not asked:
        return None
    shown = _Shown(reader, languages)
    there = np.zeros((len(shown.pairs), len(languages)), dtype=bool)
    found = {"strange": 0, "missing": 0, "same": 0}
    for number, language in enumerate(languages):
        own = shown.languages == number
        wanted = [(QUESTION, 0, "question", own)]
        if language == asked["pivot"]:
            wanted += [(PIVOT, place, column, shown.has[PIVOT]) for place, column in enumerate(("question", "passage"))]
        hashes, _ = read_hashes(files, language)
        at, there[:, number] = _look_up(hashes["pair_id"], shown.pairs)
        for name, place, column, rows in wanted:
            if name not in shown.texts:
                continue
            right = there[:, number] & (shown.texts[name][place] == hashes[column][at]) if len(at) else there[:, number]
            found["strange"] += int((rows & ~right).sum())
        if language == asked["pivot"]:
            found["missing"] += int((there[:, number] & ~shown.has[PIVOT]).sum())
    if asked["question"]:
        there[np.arange(len(there)), shown.queries] = False
        found["missing"] += int((there.any(axis=1) & ~shown.has[QUESTION]).sum())
        found["same"] = int((shown.languages == shown.queries).sum())
    drawn = _by_language(shown, there, languages) if asked["question"] else None
    rows = {name: int(has.sum()) for name, has in shown.has.items()}
    return {"rows": rows, **found, "languages": drawn, "test": _companion_test(drawn)}


def companion_disagreements(summary: Mapping[str, Any], companions: CompanionSettings | None) -> Iterator[str]:
    """Yield where a manifest does not say what the configuration does."""
    said = (summary.get("companions") or {}).get("asked")
    wanted = companions.model_dump() if companions else None
    if said != wanted:
        yield f"the manifest's companions are {said}, the configuration's {wanted}"


def companion_problems(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong of what :func:`audit_companions` has found."""
    said = {
        "strange": "companions have a text other than that of their pair in that language",
        "missing": "rows lack a companion that their pair has",
        "same": "companions are in the language of the query beside them",
    }
    yield from counted_problems(found, said)
    yield from sampling_problems(found.get("test"), "the languages of companions", "uniformly")


def _companion_test(languages: Mapping[str, Mapping[str, float]] | None) -> dict[str, float | int | None]:
    """Return the test of the languages of the questions beside rows; nothing in it where there are none."""
    counts, expected = (np.array([one[what] for one in (languages or {}).values()]) for what in ("rows", "expected"))
    return chi_squared(counts, expected / max(expected.sum(), 1))


def _look_up(ids: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each of the wanted ids is, and whether it is there at all."""
    if not len(ids):
        return np.zeros(0, dtype=np.int64), np.zeros(len(wanted), dtype=bool)
    order = np.argsort(ids, kind="stable")
    at = order[np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)]
    return at, ids[at] == wanted


def _by_language(shown: "_Shown", there: np.ndarray, languages: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return the questions in each language, and how many are expected if they are drawn uniformly.

    ``there`` is bool [rows, languages], the languages that a row could have.
    """
    expected = (there / np.maximum(there.sum(axis=1, keepdims=True), 1)).sum(axis=0)
    counts = np.bincount(shown.languages[shown.languages >= 0], minlength=len(languages))
    return {
        language: {"rows": int(count), "expected": float(share)}
        for language, count, share in zip(languages, counts, expected, strict=True)
    }


class _Shown:
    """The companions of all rows, one row after the other.

    Attributes:
        pairs: uint64 [rows], the pair of each; ``queries`` int16, its query's language.
        languages: int16 [rows], that of the question beside it, -1 for none.
        texts: by companion, uint64 [columns, rows], of the normalised texts; 0 for none.
        has: by companion, bool [rows].

    """

    def __init__(self, reader: BatchReader, languages: Sequence[str]) -> None:
        numbers = {language: number for number, language in enumerate(languages)}
        tables = list(rows_of(reader, bitext=False))
        self.pairs = np.concatenate([text_hashes(table["pair_id"].to_pylist(), normalised=False) for table in tables])
        self.queries = _numbered(tables, "query_language", numbers)
        self.languages = np.full(len(self.pairs), -1, dtype=np.int16)
        self.texts: dict[str, np.ndarray] = {}
        self.has: dict[str, np.ndarray] = {}
        for name, fields in COMPANION_FIELDS.items():
            columns = [field.name for field in fields if not field.name.endswith("_language")]
            if columns[0] not in tables[0].schema.names:
                continue
            self.texts[name] = np.stack([_hashes(tables, column) for column in columns])
            self.has[name] = (self.texts[name] != 0).all(axis=0)
            if name == QUESTION:
                self.languages = _numbered(tables, "companion_language", numbers)


def _numbered(tables: Sequence[pa.Table], column: str, numbers: dict[str, int]) -> np.ndarray:
    tags = [tag for table in tables for tag in table[column].to_pylist()]
    return np.array([-1 if tag is None else numbers[tag] for tag in tags], dtype=np.int16)


def _hashes(tables: Sequence[pa.Table], column: str) -> np.ndarray:
    """Return uint64 [rows], of the normalised texts; 0 where there is none."""
    parts = []
    for table in tables:
        texts = table[column].to_pylist()
        hashes = text_hashes([text or "" for text in texts])
        parts.append(np.where([text is None for text in texts], np.uint64(0), hashes))
    return np.concatenate(parts)
