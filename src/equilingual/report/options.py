"""Which model to use: the best without training, trained, and trained and debiased, and what each takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report.aspects import Aspect
from equilingual.report.board import Board, Row
from equilingual.report.columns import Column
from equilingual.report.formatting import format_measure
from equilingual.report.headline import WITHIN, best_of, changes_of, subject_place
from equilingual.report.leaderboard import OWN_TEXTS, best_text
from equilingual.report.model_costs import ModelCost, serving_of
from equilingual.report.paired import NO_DIFFERENCE, Paired, Place
from equilingual.report.shown import TESTED_AS, tables_disagree

_KINDS: tuple[tuple[str, Callable[[Row], bool]], ...] = (
    ("Without training", lambda row: not row.trained),
    ("Trained", lambda row: row.trained and row.debias == "none"),
    ("Trained and debiased", lambda row: row.trained and row.debias != "none"),
)
_SHORT: dict[str, str] = {NO_DIFFERENCE: "not significant"}


@dataclass(frozen=True)
class Value:
    """A figure as text.

    Attributes:
        verdict: against the base encoder; empty for what was not tested.
        best: whether no other of the column is better.
        by: what was tested, where it moves against what is shown; empty otherwise.

    """

    text: str
    verdict: str = ""
    best: bool = False
    by: str = ""

    @property
    def words(self) -> str:
        """The verdict in a word or two."""
        return _SHORT.get(self.verdict, self.verdict) + (f" by {self.by}" if self.by else "")


@dataclass(frozen=True)
class Option:
    """A way to use an encoder.

    Attributes:
        kind: of the way, in a word or three.
        label: of the model.
        note: small print below the label; empty for none.
        values: in the order of the headings.
        takes: what it needs beside the base encoder.

    """

    kind: str
    label: str
    note: str
    values: list[Value]
    takes: str


@dataclass(frozen=True)
class Options:
    """The ways to use the encoders on one benchmark, the base encoder first; ``about`` says how they were chosen."""

    about: str
    headings: list[tuple[str, str]]
    lines: list[Option]


def options_of(
    board: Board, paired: Paired, benchmark: str, aspects: Sequence[Aspect], costs: Sequence[ModelCost]
) -> Options | None:
    """Return the best model of each kind; None where fewer than two kinds were compared with their base encoder.

    The best has the least language bias, or where that was not tested the best of what the headline is about, of those
    that are not significantly worse within a language.
    """
    place = subject_place(board, paired, benchmark)
    changes = changes_of(board, paired, place) if place else {}
    kinds = {kind: {row: one for row, one in changes.items() if is_of(row)} for kind, is_of in _KINDS}
    best = {kind: best_of(board, paired, place, found) for kind, found in kinds.items() if place and found}
    if place is None or len(best) < 2:
        return None
    by_label = {cost.label: cost for cost in costs}
    bases = dict.fromkeys(base for row in best.values() if (base := board.baseline(row)))
    rows = [("As it is", base) for base in bases] + list(best.items())
    tops = _tops(board, benchmark, aspects, [row for _, row in rows])
    lines = [
        Option(
            kind,
            row.label,
            f"{OWN_TEXTS}; may gain less with others" if row.on_pool else "",
            [_value(board, paired, benchmark, one, row, top) for one, top in zip(aspects, tops, strict=True)],
            _takes(board, row, by_label),
        )
        for kind, row in rows
    ]
    return Options(_about(paired, place), [Column(one.measure, one.setting).heading for one in aspects], lines)


def _about(paired: Paired, place: Place) -> str:
    """Return how the model of each kind was chosen."""
    measure = MEASURES[place[2]]
    best = "least biased" if measure.is_bias else "best"
    by = "" if measure.is_bias else f" by {measure.words_in(place[1])}"
    text = f"the {best} of each kind{by}"
    if place[1:] != WITHIN and paired.has((place[0], *WITHIN)):
        text += f" without a significant loss of monolingual mAP; if all lose, the {best}"
    return text


def _tops(board: Board, benchmark: str, aspects: Sequence[Aspect], rows: Sequence[Row]) -> list[str | None]:
    """Return the best value of each column as it is shown."""
    figures = [[board.figure(row, benchmark, one.setting, one.measure) for row in rows] for one in aspects]
    return [best_text(some, one.measure) for one, some in zip(aspects, figures, strict=True)]


def _value(board: Board, paired: Paired, benchmark: str, aspect: Aspect, row: Row, best: str | None) -> Value:
    text = format_measure(aspect.measure, board.figure(row, benchmark, aspect.setting, aspect.measure).value)
    base = board.baseline(row)
    place = (benchmark, aspect.setting, TESTED_AS.get(aspect.measure, aspect.measure))
    change = paired.change(place, row.group, base.group) if base and base != row else None
    if change is None or base is None:
        return Value(text, "", text == best)
    disagree = tables_disagree(board, place, (row, base), change)
    by = "" if not disagree else "mean over questions" if place[2] == aspect.measure else MEASURES[place[2]].words
    return Value(text, change.verdict, text == best, by)


def _takes(board: Board, row: Row, costs: Mapping[str, ModelCost]) -> str:
    if row.is_base:
        return "nothing"
    parts = []
    if row.trained:
        plain = next((one for one in board.rows if _is_training_of(one, row)), row)
        cost = costs.get(plain.label)
        time = cost.training if cost and cost.training[:1].isdigit() else ""
        parts.append(f"{time} of training for each seed" if time else "training")
        parts.append("new vectors of all documents")
    if row.debias != "none":
        parts.append(serving_of(row))
    return "; ".join(parts)


def _is_training_of(one: Row, row: Row) -> bool:
    """Return whether a row is the trained model that another one is, or is made of."""
    same = ("encoder", "training_set", "strategy", "alpha", "variant")
    return one.debias == "none" and all(getattr(one, key) == getattr(row, key) for key in same)
