"""What a study's contrasts say, in words."""

from collections.abc import Collection, Mapping
from typing import Any

from equilingual.evaluation.catalogue import MEASURES
from equilingual.evaluation.verdicts import difference_in_words, number_in_words, p_in_words

VERDICTS = {"above": "supported", "below": "contradicted", "equivalent": "equivalent", "not shown": "not shown"}
_STARTS = {
    "supported": "The data support the hypothesis",
    "contradicted": "The data contradict the hypothesis",
    "equivalent": "The difference is too small to matter",
    "not shown": "The data do not decide",
}


def sentence_of(row: Mapping[str, Any], *, alpha: float) -> str:
    """Return a contrast in a sentence, with its interval, p and number of seeds.

    Args:
        row: as ``study.json`` has it.
        alpha: the highest corrected p at which equivalence counts as shown.

    """
    measure = MEASURES[row["measure"]]
    lower = " (lower is better)" if measure.better == "low" else ""
    what = f"{row['name']}: {_effect(row)} in {row['setting']} {measure.words}{lower} on {row['benchmark']}"
    parts = [what + _languages(row), f"{p_in_words(row['p_corrected'])} corrected"]
    if row["p_equivalent_corrected"] is not None and row["p_equivalent_corrected"] <= alpha:
        parts.append(f"within ±{row['margin']:g} ({p_in_words(row['p_equivalent_corrected'])} corrected)")
    return ", ".join([*parts, *_basis(row)]) + "."


def answer_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the ``verdict`` of the primary contrast, and the ``sentence`` that answers the question."""
    verdict = VERDICTS[row["outcome"]]
    return {"verdict": verdict, "sentence": f"{_STARTS[verdict]}. {_capital(str(row['sentence']), row['models'])}"}


def _capital(text: str, names: Collection[str]) -> str:
    """Return a text with a capital, unless it begins with a name: bm25 and mBERT keep their spelling."""
    first = text.split(maxsplit=1)[0]
    is_word = first.isalpha() and first.islower() and first not in names
    return text[:1].upper() + text[1:] if is_word else text


def _effect(row: Mapping[str, Any]) -> str:
    if row["low"] is None:
        sign = "+" if row["estimate"] > 0 else ""
        return f"{sign}{number_in_words(row['estimate'], 3)} (no interval: too few units)"
    return difference_in_words({**row, "difference": row["estimate"]})


def _languages(row: Mapping[str, Any]) -> str:
    parts = []
    if row["languages"] is not None:
        less = f", minus {row['minus']}" if row["minus"] is not None else ""
        parts.append(f"query languages: {row['languages']}{less}")
    if row["candidates"] is not None:
        parts.append(f"candidates: {row['candidates']}")
    return f" ({'; '.join(parts)})" if parts else ""


def _basis(row: Mapping[str, Any]) -> list[str]:
    seeds = [] if row["seeds"] is None else ["1 seed" if row["seeds"] == 1 else f"{row['seeds']} seeds"]
    return [*seeds, f"{row['units']} languages"] if row["unit"] == "language" else seeds
