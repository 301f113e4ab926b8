"""The paired tests between models."""

from collections.abc import Mapping, Sequence

from equilingual.report.data.tables import Table, rounded, table

_TEXTS = ("benchmark", "setting", "measure", "model_a", "model_b")
_COUNTS = ("seeds_a", "seeds_b", "questions")
_NUMBERS = (
    *("value_a", "value_b", "difference", "low", "high", "p", "p_corrected", "effect_size"),
    *("wins", "losses", "ties"),
)
NO_DIFFERENCE = "no significant difference"  # how such a verdict begins


def is_shown(line: Mapping[str, str]) -> bool:
    """Return whether the corrected test and the interval show a difference: the verdict says so."""
    return not line["verdict"].startswith(NO_DIFFERENCE)


def comparison_table(lines: Sequence[Mapping[str, str]]) -> Table:
    """Return the lines of ``results/comparisons.csv``; ``shown`` is whether the test shows a difference.

    ``verdict`` is the same in words.
    """
    rows = [
        [
            *(line[name] for name in _TEXTS),
            *(int(line[name]) if line[name] else None for name in _COUNTS),
            *(rounded(float(line[name])) if line[name] else None for name in _NUMBERS),
            is_shown(line),
            line["verdict"],
        ]
        for line in lines
    ]
    return table([*_TEXTS, *_COUNTS, *_NUMBERS, "shown", "verdict"], rows)
