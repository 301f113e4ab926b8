"""The paired tests between models."""

from collections.abc import Mapping, Sequence

from equilingual.report.data.tables import Table, rounded, table

_TEXTS = ("benchmark", "setting", "measure", "model_a", "model_b")
_COUNTS = ("seeds_a", "seeds_b", "questions")
_NUMBERS = (
    *("value_a", "value_b", "difference", "low", "high", "p", "p_corrected", "effect_size"),
    *("wins", "losses", "ties"),
)
_LAST = ("low_over_seeds", "high_over_seeds", "margin", "p_equivalent_corrected")


def is_shown(line: Mapping[str, str]) -> bool:
    """Return whether the corrected test and the intervals show a difference."""
    return line["outcome"] in ("better", "worse")


def comparison_table(lines: Sequence[Mapping[str, str]]) -> Table:
    """Return the lines of ``results/comparisons.csv``; ``shown`` is whether the test shows a difference.

    ``outcome`` is what it says of the first model, ``verdict`` the same in a sentence.
    """
    rows = [
        [
            *(line[name] for name in _TEXTS),
            *(int(line[name]) if line[name] else None for name in _COUNTS),
            *(rounded(float(line[name])) if line[name] else None for name in _NUMBERS),
            is_shown(line),
            line["verdict"],
            *(rounded(float(line[name])) if line[name] else None for name in _LAST),
            line["outcome"],
        ]
        for line in lines
    ]
    return table([*_TEXTS, *_COUNTS, *_NUMBERS, "shown", "verdict", *_LAST, "outcome"], rows)
