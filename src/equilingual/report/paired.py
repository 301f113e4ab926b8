"""The paired tests between two models, whichever of them ``results/comparisons.csv`` names first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from equilingual.evaluation.verdicts import Outcome
from equilingual.report.formatting import format_count, format_p

BETTER: Literal["better"] = "better"
WORSE: Literal["worse"] = "worse"
EQUIVALENT: Literal["equivalent"] = "equivalent"
NO_DIFFERENCE: Literal["no significant difference"] = "no significant difference"
_REVERSED: dict[Outcome, Outcome] = {BETTER: WORSE, WORSE: BETTER}
Place = tuple[str, str, str]  # benchmark, setting, measure
_LEAST_P = 0.001  # what the page shows of a lower one is "p < .001"


@dataclass(frozen=True)
class Change:
    """A model against another one, by one measure in one setting.

    Attributes:
        before: the other model's value.
        after: the model's.
        difference: the mean difference of the test.
        low: of its 95% interval, over questions and seeds where the models have several, else over questions.
        high: likewise.
        p: corrected for all tests of the run; where the two are equivalent, that of the equivalence.
        verdict: what the tests show of the model.
        questions: how many both were asked.

    """

    before: float
    after: float
    difference: float
    low: float
    high: float
    p: float
    verdict: Outcome
    questions: int


class Paired:
    """All tests of a run, looked up by the two models."""

    def __init__(self, lines: Sequence[Mapping[str, str]]) -> None:
        self._lines = {
            (line["benchmark"], line["setting"], line["measure"], line["model_a"], line["model_b"]): line
            for line in lines
        }

    def has(self, place: Place) -> bool:
        """Return whether any two models were compared there."""
        return any(tuple(found) == place for *found, _, _ in self._lines)

    def change(self, place: Place, model: str, reference: str) -> Change | None:
        """Return what the test says of a model against a reference; None where they were not compared."""
        line = self._lines.get((*place, model, reference))
        ends = ("value_b", "value_a")
        if line is None:
            line = self._lines.get((*place, reference, model))
            ends = ("value_a", "value_b")
        if line is None:
            return None
        before, after = (float(line[name]) for name in ends)
        outcome = cast(Outcome, line["outcome"])
        verdict = outcome if line["model_a"] == model else _REVERSED.get(outcome, outcome)
        p = line["p_equivalent_corrected" if verdict == EQUIVALENT else "p_corrected"]
        sign = 1 if line["model_a"] == model else -1
        ends = ("low_over_seeds", "high_over_seeds") if line["low_over_seeds"] else ("low", "high")
        low, high = sorted(sign * float(line[name]) for name in ends)
        difference = sign * float(line["difference"])
        return Change(before, after, difference, low, high, float(p), verdict, int(line["questions"]))

    def against(self, place: Place, reference: str) -> dict[str, Change]:
        """Return the changes of every model that was compared with a reference, in the order of the file."""
        others = dict.fromkeys(
            name for *found, a, b in self._lines if tuple(found) == place and reference in (a, b) for name in (a, b)
        )
        others.pop(reference, None)
        return {name: change for name in others if (change := self.change(place, name, reference))}


def alpha_text(tests: Mapping[str, float]) -> str:
    """Return the highest p of a significant difference: ``.05``."""
    return f"{tests['alpha']:g}".removeprefix("0")


def name_test(lines: Sequence[Mapping[str, str]], tests: Mapping[str, float]) -> str:
    """Return the name of the test and of the correction, with their numbers, in a sentence.

    Args:
        lines: of ``results/comparisons.csv``.
        tests: ``alpha`` and ``permutations`` of the comparisons.

    """
    family = _family(lines)
    return (
        f"Paired permutation test, two-sided: {format_count(int(tests['permutations']))} random sign changes of whole "
        "clusters of questions (those of one paragraph), corrected for "
        f"{f'all {format_count(family)} tests' if family > 1 else 'the only test'} of the run (Holm)."
    )


def describe_tests(lines: Sequence[Mapping[str, str]], tests: Mapping[str, float]) -> str:
    """Return what p is besides: of models with seeds, and the lowest one possible where the page would show it."""
    parts = ["Models are compared on the same questions."]
    if any(line["low_over_seeds"] for line in lines):
        parts.append(
            "For models with several seeds, compared with each other or with a model without seeds, p is no lower than "
            "that of a t-test over seeds and clusters."
        )
    lowest = _family(lines) / (int(tests["permutations"]) + 1)
    if lowest >= _LEAST_P:
        parts.append(f"With this many tests, no corrected p is below {format_p(lowest)}.")
    return " ".join(parts)


def _family(lines: Sequence[Mapping[str, str]]) -> int:
    """Return how many tests are corrected together."""
    return max((int(line["family"]) for line in lines), default=0)
