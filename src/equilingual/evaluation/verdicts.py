"""What a comparison says, in words."""

from collections.abc import Mapping
from typing import Any, Literal

from equilingual.evaluation.catalogue import MEASURES

Outcome = Literal["better", "worse", "equivalent", "no significant difference"]
_MINUS = "−"


def outcome_of(row: Mapping[str, Any], *, alpha: float) -> Outcome:
    """Return what a comparison says of the first model, in a word or three.

    A difference is shown where the corrected p is no higher than ``alpha`` and no interval contains 0, neither over
    questions nor over questions and seeds. It may be shown and smaller than the margin; it is then ``better`` or
    ``worse``.
    """
    if row["p_corrected"] <= alpha and not _contains_0(row):
        return "better" if (row["difference"] < 0) == (MEASURES[row["measure"]].better == "low") else "worse"
    return "equivalent" if _is_within(row, alpha) else "no significant difference"


def _contains_0(row: Mapping[str, Any]) -> bool:
    return bool(row["low"] <= 0 <= row["high"]) or _over_seeds_contains_0(row)


def _over_seeds_contains_0(row: Mapping[str, Any]) -> bool:
    low, high = row.get("low_over_seeds"), row.get("high_over_seeds")
    return low is not None and high is not None and low <= 0 <= high


def _is_within(row: Mapping[str, Any], alpha: float) -> bool:
    p = row.get("p_equivalent_corrected")
    return p is not None and p <= alpha


def verdict_of(row: Mapping[str, Any], labels: Mapping[str, str], *, alpha: float) -> str:
    """Return a comparison in words: ``hybrid 0.5 > mono on multilingual mAP, +0.065 [0.061, 0.069], p < 0.001 …``.

    Args:
        row: what ``results/comparisons.csv`` has of it.
        labels: a name for sentences for each model.
        alpha: the highest corrected p.

    """
    names = [labels.get(row[column], row[column]) for column in ("model_a", "model_b")]
    measure = MEASURES[row["measure"]]
    where = f"{row['setting']} {measure.words}" + (" (lower is better)" if measure.better == "low" else "")
    outcome = outcome_of(row, alpha=alpha)
    what = f"{names[0]} {'>' if row['difference'] > 0 else '<'} {names[1]} on {where}"
    if outcome == "equivalent":
        what = f"{names[0]} and {names[1]} are equivalent on {where}"
    elif outcome == "no significant difference":
        what = f"no significant difference between {names[0]} and {names[1]} on {where}"
    parts = [what, difference_in_words(row), f"{p_in_words(row['p_corrected'])} corrected"]
    if row["p_corrected"] <= alpha and _contains_0(row):
        which = "interval" if row["low"] <= 0 <= row["high"] else "interval over questions and seeds"
        parts[-1] += f" but the {which} contains 0"
    if _is_within(row, alpha):
        parts.append(f"within ±{row['margin']:g} ({p_in_words(row['p_equivalent_corrected'])} corrected)")
    return ", ".join([*parts, *_seeds(row["seeds_a"], row["seeds_b"])])


def difference_in_words(row: Mapping[str, Any]) -> str:
    """Return the difference with its sign and its interval, with more decimals where three would say nothing."""
    decimals = 3 if abs(row["difference"]) >= 0.0005 or not row["difference"] else 5
    low, high = (number_in_words(row[name], decimals) for name in ("low", "high"))
    sign = "+" if row["difference"] > 0 else ""
    return f"{sign}{number_in_words(row['difference'], decimals)} [{low}, {high}]"


def number_in_words(value: float, decimals: int) -> str:
    """Return a number with these decimals, without a sign where it is 0 to them."""
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if not float(text) else text.replace("-", _MINUS)


def p_in_words(value: float) -> str:
    """Return ``p = 0.012``, or ``p < 0.001``."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def _seeds(a: int | None, b: int | None) -> list[str]:
    """Return how many seeds are behind the two; nothing where neither has any."""
    counts = [_count(number) for number in dict.fromkeys((a, b)) if number]
    return [" against ".join(counts)] if counts else []


def _count(number: int) -> str:
    return "1 seed" if number == 1 else f"{number} seeds"
