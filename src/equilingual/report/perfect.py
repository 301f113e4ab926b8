"""The value of a perfect ranking, which is the lowest that is possible."""

from collections.abc import Mapping
from typing import Any

from equilingual.report.formatting import format_distance


def perfect_distance(counts: Mapping[str, Any] | None, languages: int) -> float:
    """Return the rank distance of a perfect ranking: m − 1, with answers in m languages per question.

    Where not every question has an answer in every language it is the macro-average of m − 1, from the benchmark's
    counts of answerable queries per pair of languages. Sentences that are matched have no answer in their own language.
    """
    bitext = (counts or {}).get("task") == "bitext"
    pairs = (counts or {}).get("pairs") or {}
    means = []
    for language, answers in pairs.items():
        own = answers.get(language)
        if own and not bitext:
            means.append(sum(answers.values()) / own - 1)
    return sum(means) / len(means) if means else float(max(languages - 1 - bitext, 0))


def lowest_possible(distance: float) -> str:
    """Return what the report calls the rank distance of a perfect ranking."""
    return f"lowest possible: {format_distance(distance).removesuffix('.0')}"
