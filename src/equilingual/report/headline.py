"""The finding in one sentence, from the paired tests alone, and the tests behind it."""

from dataclasses import dataclass

from equilingual.evaluation.catalogue import MEASURES
from equilingual.evaluation.verdicts import Outcome
from equilingual.report.board import Board, Row
from equilingual.report.formatting import format_measure
from equilingual.report.paired import BETTER, EQUIVALENT, NO_DIFFERENCE, WORSE, Change, Paired, Place

MOST_WORDS = 25
_BIAS, _WITHIN = ("multilingual", "log_rank_distance"), ("monolingual", "map")
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

    It is about the trained model with the least language bias among those whose monolingual mAP is not
    significantly below their base encoder's; among all where each is below. A run without trained models is judged by
    what is done to the vectors or lists of a base encoder.
    """
    rows = board.rows_of(benchmark)
    for setting, measure, subject, verbs in _SUBJECTS:
        place = (benchmark, setting, measure)
        changes = {
            row: change
            for row in rows
            if not row.is_base
            and (base := board.baseline(row))
            and (change := paired.change(place, row.group, base.group))
        }
        trained = {row: change for row, change in changes.items() if row.trained and row.debias == "none"}
        candidates = trained or {row: change for row, change in changes.items() if not row.trained}
        if candidates:
            row = _winner(board, paired, benchmark, candidates, lower=MEASURES[measure].better == "low")
            about = _About(board, paired, place, row, candidates[row], subject, verbs)
            return Headline(about.sentence(), row, board.baseline(row))
    return Headline("No two models were compared." if rows else "Nothing was scored.")


def _winner(board: Board, paired: Paired, benchmark: str, candidates: dict[Row, Change], *, lower: bool) -> Row:
    within = (benchmark, *_WITHIN)
    kept = [row for row in candidates if not _is_worse(board, paired, within, row)]
    return min(kept or candidates, key=lambda row: candidates[row].after if lower else -candidates[row].after)


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
        setting, measure = self.place[1:]
        before, after = (format_measure(measure, value) for value in (self.change.before, self.change.after))
        said = "" if MEASURES[measure].words_in(setting) == self.subject else f"{MEASURES[measure].words} "
        return f" ({said}{before} → {after})"

    def _cost(self) -> str | None:
        """Return the verdict on monolingual mAP; None where that was not tested, or is what the sentence says."""
        if self.place[1:] == _WITHIN or self.row.is_merged:
            return None
        base = self.board.baseline(self.row)
        change = self.paired.change((self.place[0], *_WITHIN), self.row.group, base.group) if base else None
        return change.verdict if change else None

    def _cost_words(self, cost: str | None) -> str:
        verdict = self._verdict
        if cost is None or (cost == NO_DIFFERENCE and verdict == NO_DIFFERENCE):
            return ""
        if cost == EQUIVALENT:
            return f"{',' if verdict == NO_DIFFERENCE else ''} with equivalent monolingual mAP"
        if cost == NO_DIFFERENCE:
            return " with no significant change in monolingual mAP"
        verb = "raises" if cost == BETTER else "lowers"
        is_said = verdict != NO_DIFFERENCE and self.verbs[0 if verdict == BETTER else 1] == verb
        if cost == verdict:
            return f" and {'' if is_said else f'{verb} '}monolingual mAP"
        return f", but {'also ' if is_said else ''}{verb} monolingual mAP"

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
        name = min(others, key=lambda one: others[one].after if lower else -others[one].after)
        row, verdict = rows[name], others[name].verdict
        other = row.subject if row.is_lexical or row.encoder == self.row.encoder else f"{row.subject} of {row.encoder}"
        if verdict in (EQUIVALENT, NO_DIFFERENCE):
            return f"; {other} does not differ significantly from it"
        if not lower:
            return f"; {other} scores {'higher' if verdict == BETTER else 'lower'}"
        if verdict == self._verdict == BETTER:
            return f"; {other} is even less biased"
        return f"; {other} is {'less' if verdict == BETTER else 'more'} biased"
