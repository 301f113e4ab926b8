"""The finding in one sentence, from the paired tests alone, and the tests behind it."""

from collections.abc import Mapping
from dataclasses import dataclass

from equilingual.evaluation.catalogue import MEASURES
from equilingual.evaluation.verdicts import Outcome
from equilingual.report.board import Board, Row
from equilingual.report.formatting import format_measure
from equilingual.report.paired import BETTER, EQUIVALENT, NO_DIFFERENCE, WORSE, Change, Paired, Place
from equilingual.report.plots.differences import signed
from equilingual.report.shown import shown_change, shown_value, tables_disagree

MOST_WORDS = 25
_BIAS, WITHIN = ("multilingual", "log_rank_distance"), ("monolingual", "map")
# What a finding is about, the first that was tested: language bias, else retrieval quality.
_SUBJECTS = (
    (*_BIAS, "language bias", ("cuts", "raises")),
    ("multilingual", "map", "multilingual mAP", ("raises", "lowers")),
    ("cross-lingual", "map", "cross-lingual mAP", ("raises", "lowers")),
    ("monolingual", "map", "monolingual mAP", ("raises", "lowers")),
    ("monolingual", "ndcg@10", "monolingual nDCG@10", ("raises", "lowers")),
)


@dataclass(frozen=True)
class Headline:
    """The finding on one benchmark.

    Attributes:
        text: one sentence, of :data:`MOST_WORDS` words at the most.
        model: what it is about; None where no two models were compared.
        reference: what that model was compared with.

    """

    text: str
    model: Row | None = None
    reference: Row | None = None


def headline_of(board: Board, paired: Paired, benchmark: str) -> Headline:
    """Return the finding on a benchmark.

    It is about the trained model, debiased or not, with the least language bias among those whose monolingual mAP is
    not significantly below their base encoder's; among all where each is below. A run without trained models is judged
    by what is done to the vectors or lists of a base encoder.
    """
    for setting, measure, subject, verbs in _SUBJECTS:
        place = (benchmark, setting, measure)
        changes = changes_of(board, paired, place)
        trained = {row: change for row, change in changes.items() if row.trained}
        candidates = trained or {row: change for row, change in changes.items() if not row.trained}
        if candidates:
            row = best_of(board, paired, place, candidates)
            about = _About(board, paired, place, row, candidates[row], subject, verbs)
            return Headline(about.sentence(), row, board.baseline(row))
    return Headline("No two models were compared." if board.rows_of(benchmark) else "Nothing was scored.")


def subject_place(board: Board, paired: Paired, benchmark: str) -> Place | None:
    """Return what the finding on a benchmark is about, a setting and a measure of it; None where nothing was tested."""
    places = ((benchmark, setting, measure) for setting, measure, *_ in _SUBJECTS)
    return next((place for place in places if changes_of(board, paired, place)), None)


def changes_of(board: Board, paired: Paired, place: Place) -> dict[Row, Change]:
    """Return every model that was compared with its base encoder, in the order of the page, and its change."""
    return {
        row: change
        for row in board.rows_of(place[0])
        if not row.is_base and (base := board.baseline(row)) and (change := paired.change(place, row.group, base.group))
    }


def best_of(board: Board, paired: Paired, place: Place, candidates: Mapping[Row, Change]) -> Row:
    """Return the best model, as the tables show it, of those that are not significantly worse within a language.

    If each is worse, it is the best of all.
    """
    within = (place[0], *WITHIN)
    kept = [row for row in candidates if not _is_worse(board, paired, within, row)]
    return min(kept or candidates, key=lambda row: _cost_of(board, place, row, candidates[row]))


def _cost_of(board: Board, place: Place, row: Row, change: Change) -> float:
    """Return a figure that is lower for a better model."""
    value = shown_value(board, place, row)
    value = change.after if value is None else value
    return value if MEASURES[place[2]].better == "low" else -value


def _is_worse(board: Board, paired: Paired, within: Place, row: Row) -> bool:
    base = board.baseline(row)
    change = paired.change(within, row.group, base.group) if base else None
    return change is not None and change.verdict == WORSE


@dataclass(frozen=True)
class _About:
    """What a sentence is made of."""

    board: Board
    paired: Paired
    place: Place
    row: Row
    change: Change
    subject: str
    verbs: tuple[str, str]

    def sentence(self) -> str:
        """Return the first wording that has no more than :data:`MOST_WORDS` words.

        What was done and what it changed are always said. Numbers, the cost in monolingual mAP and the best untrained
        baseline are left out in this order.
        """
        numbers, cost, rest = self._numbers(), self._cost(), self._rest()
        ways = [(numbers, cost, rest), ("", cost, rest), (numbers, cost, ""), ("", cost, ""), (numbers, None, ""),
                ("", None, "")]  # fmt: skip
        names = [self._name(self.row.subject), "Training" if self.row.trained else "Debiasing"]
        wordings = [self._worded(name, *way) for name in names for way in ways]
        return next(
            (one for one in wordings if len(one.split()) <= MOST_WORDS), " ".join(wordings[-1].split()[:MOST_WORDS])
        )

    @property
    def _verdict(self) -> Outcome:
        """The verdict; of equivalent models, that nothing is changed significantly."""
        return NO_DIFFERENCE if self.change.verdict == EQUIVALENT else self.change.verdict

    def _worded(self, name: str, numbers: str, cost: str | None, rest: str) -> str:
        """Return the sentence; ``cost`` is a verdict on monolingual mAP, None where nothing is said of it."""
        about = self.subject + numbers
        verdict = self._verdict
        if verdict == NO_DIFFERENCE and cost == NO_DIFFERENCE:
            what = f"changes neither {about} nor monolingual mAP significantly"
        elif verdict == NO_DIFFERENCE:
            what = f"does not change {about} significantly"
        else:
            what = f"{self.verbs[0 if verdict == BETTER else 1]} {about}"
        return f"{name} {what}{self._cost_words(cost)}{rest}."

    def _name(self, subject: str) -> str:
        several = len({row.encoder for row in self.board.rows if not row.is_lexical}) > 1
        text = f"for {self.row.encoder}, {subject}" if several and not self.row.is_lexical else subject
        return text[:1].upper() + text[1:]

    def _numbers(self) -> str:
        base = self.board.baseline(self.row) or self.row
        shown = shown_change(self.board, self.place, (self.row, base), self.change)
        measure = MEASURES[shown.measure]
        before, after = (format_measure(shown.measure, value) for value in (shown.before, shown.after))
        said = "" if measure.words_in(self.place[1]) == self.subject else f"{measure.words} "
        return f" ({said}{before} → {after})"

    def _cost(self) -> str | None:
        """Return the verdict on monolingual mAP; None where that was not tested, or is what the sentence says."""
        if self.place[1:] == WITHIN or self.row.is_merged:
            return None
        base = self.board.baseline(self.row)
        change = self.paired.change((self.place[0], *WITHIN), self.row.group, base.group) if base else None
        return change.verdict if change else None

    def _cost_words(self, cost: str | None) -> str:
        verdict = self._verdict
        if cost is None or (cost == NO_DIFFERENCE and verdict == NO_DIFFERENCE):
            return ""
        if cost == EQUIVALENT:
            return f"{',' if verdict == NO_DIFFERENCE else ''} with equivalent monolingual mAP"
        if cost == NO_DIFFERENCE:
            return f" with no significant change in monolingual mAP{self._cost_number()}"
        verb = "raises" if cost == BETTER else "lowers"
        is_said = verdict != NO_DIFFERENCE and self.verbs[0 if verdict == BETTER else 1] == verb
        number = self._cost_number()
        if cost == verdict:
            return f" and {'' if is_said else f'{verb} '}monolingual mAP{number}"
        return f", but {'also ' if is_said else ''}{verb} monolingual mAP{number}"

    def _cost_number(self) -> str:
        """Return by how much monolingual mAP changes, as the tables show it: what is not significant can be a loss."""
        base = self.board.baseline(self.row) or self.row
        place = (self.place[0], *WITHIN)
        change = self.paired.change(place, self.row.group, base.group)
        if change is None:
            return ""
        shown = shown_change(self.board, place, (self.row, base), change)
        after, before = (round(value, MEASURES["map"].decimals or 0) for value in (shown.after, shown.before))
        return f" ({signed(shown.measure, after - before)})"

    def _rest(self) -> str:
        """Return how the best untrained baseline compares; nothing where none was tested against the model."""
        if not self.row.trained:
            return ""
        rows = {row.group: row for row in self.board.rows_of(self.place[0])}
        others = {
            name: change
            for name, change in self.paired.against(self.place, self.row.group).items()
            if name in rows and not rows[name].trained and not rows[name].is_base
        }
        if not others:
            return ""
        lower = MEASURES[self.place[2]].better == "low"
        name = min(others, key=lambda one: _cost_of(self.board, self.place, rows[one], others[one]))
        row, verdict = rows[name], others[name].verdict
        other = row.subject if row.is_lexical or row.encoder == self.row.encoder else f"{row.subject} of {row.encoder}"
        if verdict in (EQUIVALENT, NO_DIFFERENCE):
            return f"; {other} does not differ significantly from it"
        if not lower:
            return f"; {other} scores {'higher' if verdict == BETTER else 'lower'}"
        is_against = tables_disagree(self.board, self.place, (row, self.row), others[name])
        by = f" by {MEASURES[self.place[2]].words}" if is_against else ""
        if verdict == self._verdict == BETTER:
            return f"; {other} is even less biased{by}"
        return f"; {other} {'is less' if verdict == BETTER else 'stays more'} biased{by}"
