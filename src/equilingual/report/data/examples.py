"""Questions with what the models have first among all languages: ``results/examples/`` as the page has them."""

import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

from equilingual.markup import close_directions
from equilingual.report.board import Board
from equilingual.report.formatting import cut, language_direction, language_name
from equilingual.report.packing import packed

Record = Mapping[str, Any]
COLOURS = 12  # of languages, in the style sheet; further languages take them again

# The questions are most of the page. Texts of candidates are cut to the first of these lengths, in characters, at which
# all questions and answers of a benchmark are small enough when compressed.
_LENGTHS = (320, 240, 160, 140, 120, 100, 80, 60, 40)
_MOST_BYTES = 590_000
_LONGEST_QUESTION = 320


def example_entries(board: Board, records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return the questions of each benchmark that has any, with models by their names without the seed.

    Args:
        board: the scores, which say what the models are.
        records: ``results/examples/{benchmark}.json`` of the benchmarks.

    """
    found = [one for one in records if one.get("questions") and _models(board, one)]
    order = {name: place for place, name in enumerate(board.benchmarks)}
    entries = [_entry(board, one) for one in found]
    for one in entries:
        longest, candidates = _longest(one), one["candidates"]
        one |= {"cut": longest, "candidates": candidates | {"text": _cut(candidates["text"], longest)}}
    return sorted(entries, key=lambda one: order.get(one["benchmark"], len(order)))


def _longest(entry: Record) -> int:
    """Return to how many characters a benchmark's texts of candidates are cut, so that its entry is small enough."""
    texts = entry["candidates"]["text"]
    others = [
        one | {"candidates": one["candidates"] | {"text": []}} for one in packed({"examples": [entry]})["examples"]
    ]
    room = _MOST_BYTES - _size(others)
    return next((length for length in _LENGTHS if _size(_cut(texts, length)) <= room), _LENGTHS[-1])


def _size(value: object) -> int:
    """Return how many bytes the JSON takes when compressed."""
    return len(gzip.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"), 6))


def _cut(texts: Sequence[object], longest: int) -> list[str]:
    return [_shown(one, longest) for one in texts]


def _shown(text: object, longest: int) -> str:
    """Return a text on one line, cut where it is long, with no character that acts outside it."""
    return close_directions(cut(" ".join(str(text or "").split()), longest)[0])


def _models(board: Board, record: Record) -> dict[str, str]:
    """Return the names without seed of the models that were scored, in the order of the page, by names of files."""
    rows = {board.models[name][0]: name for name in record.get("models") or {} if name in board.models}
    return {rows[row]: row.group for row in board.rows if row in rows}


def _languages(board: Board, record: Record) -> dict[str, dict[str, Any]]:
    """Return name, direction and colour of each language of a text, in the order of the benchmark."""
    asked = (tag for question in record["questions"] for tag in question["texts"])
    scored = {tag: place for place, tag in enumerate(board.languages.get(str(record["benchmark"]), ()))}
    found = dict.fromkeys([*asked, *record["candidates"]["language"]])
    tags = sorted(found, key=lambda tag: scored.get(tag, len(scored)))
    return {
        tag: {"name": language_name(tag), "direction": language_direction(tag), "colour": place % COLOURS}
        for place, tag in enumerate(tags)
    }


def _entry(board: Board, record: Record) -> dict[str, Any]:
    """Return the questions of a benchmark; texts of candidates are not cut yet."""
    names = _models(board, record)
    models = record["models"]
    candidates = record["candidates"]
    questions = [
        {
            "id": str(one["id"]),
            "texts": {tag: _shown(text, _LONGEST_QUESTION) for tag, text in one["texts"].items()},
            "relevant": one["relevant"],
        }
        for one in record["questions"]
    ]
    return {
        "languages": _languages(board, record),
        **{key: record.get(key) for key in ("benchmark", "seed", "sampled", "of", "depth")},
        "cut": None,
        "questions": questions,
        "candidates": candidates,
        "models": {
            group: {
                "seed": board.models[name][1] or None,
                **models[name],
                "base": names.get(str(models[name].get("base"))),
                "wins": {names[one]: wins for one, wins in (models[name].get("wins") or {}).items() if one in names},
            }
            for name, group in names.items()
        },
    }
