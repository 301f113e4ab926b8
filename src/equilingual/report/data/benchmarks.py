"""The benchmarks, and their languages."""

from collections.abc import Mapping
from typing import Any

from equilingual.report.about import about_figure
from equilingual.report.aspects import aspects_of
from equilingual.report.board import Board
from equilingual.report.formatting import is_number, language_attribute, language_direction, language_name


def benchmark_entries(board: Board, counts: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the benchmarks in the order of ``results/scores.csv``.

    Args:
        board: the scores.
        counts: the counts of each benchmark, by its name.

    """
    return [_entry(board, name, counts.get(name, {})) for name in board.benchmarks]


def _entry(board: Board, name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    sizes = record.get("languages") or {}
    return {
        "name": name,
        "about": about_figure(board, name),
        "licence": record.get("licence"),
        "settings": board.settings(name),
        "main": [{"setting": one.setting, "measure": one.measure} for one in aspects_of(board, name)],
        "languages": [
            {
                "tag": tag,
                "name": language_name(tag),
                "direction": language_direction(tag),
                **{key: language_attribute(tag, key) for key in ("script", "family", "resource")},
                **{key: _count(sizes.get(tag), key) for key in ("queries", "candidates")},
            }
            for tag in board.languages[name]
        ],
    }


def _count(sizes: object, key: str) -> int | None:
    value = sizes.get(key) if isinstance(sizes, Mapping) else None
    return int(value) if is_number(value) else None
