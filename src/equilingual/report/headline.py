"""The finding in one sentence, from the paired tests alone, and the tests behind it."""

from dataclasses import dataclass

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report.board import Board, Row
from equilingual.report.formatting import format_measure
from equilingual.report.paired import BETTER, WORSE, Change, Paired, Place

MOST_WORDS = 25
_BIAS, _WITHIN = ("multilingual", "log_rank_distance"), ("monolingual", "map")
# What a finding is about, the first that was tested: language bias, else quality.
_SUBJECTS = (
    (*_BIAS, "language bias", ("cuts", "raises")),
    ("multilingual", "map", "quality among all languages", ("raises", "lowers")),
    ("cross-lingual", "map", "quality across languages", ("raises", "lowers")),
    ("monolingual", "map", "quality within a language", ("raises", "lowers")),
    ("monolingual", "ndcg@10", "quality within a language", ("raises", "lowers")),
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

    It is about the trained model with the least language bias among those that are not worse within a language than
    their base encoder; among all where each is worse. A run without trained models is judged by what is done to the
    vectors or lists of a base encoder.
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
        """Return the longest wording that has no more than :data:`MOST_WORDS` words."""
        numbers = self._numbers()
        ends = [self._cost() + self._rest(), self._cost(), ""]
        wordings = [f"{self._what(name)}{with_numbers}{end}." for name in (self.row.short, self.row.kind)
                    for end in ends for with_numbers in (numbers, "")]  # fmt: skip
        return next((one for one in wordings if len(one.split()) <= MOST_WORDS), " ".join(wordings[-1].split()[:25]))

    def _what(self, name: str) -> str:
        several = len({row.encoder for row in self.board.rows if not row.is_lexical}) > 1
        encoder = f"{self.row.encoder} " if several else ""
        if self.row.trained:
            start = f"Training {encoder}with {name}"
        else:
            start = encoder + name if encoder else name[:1].upper() + name[1:]
        comma = "," if "," in name else ""
        verb = {BETTER: self.verbs[0], WORSE: self.verbs[1]}.get(self.change.verdict, "shows no difference in")
        return f"{start}{comma} {verb} {self.subject}"

    def _numbers(self) -> str:
        measure = self.place[2]
        before, after = (format_measure(measure, value) for value in (self.change.before, self.change.after))
        return f" ({MEASURES[measure].words} {before} → {after})"

    def _cost(self) -> str:
        """Return what it costs within a language; nothing where that was not tested, or is what the sentence says."""
        if self.place[1:] == _WITHIN or self.row.is_merged:
            return ""
        base = self.board.baseline(self.row)
        change = self.paired.change((self.place[0], *_WITHIN), self.row.group, base.group) if base else None
        if change is None:
            return ""
        words = {BETTER: "with higher quality within a language", WORSE: "at a cost within a language"}
        return f", {words.get(change.verdict, 'with no difference shown within a language')}"

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
        words = (
            {BETTER: "still has less", WORSE: "has more"} if lower else {BETTER: "scores higher", WORSE: "scores lower"}
        )
        return f"; {rows[name].short} {words.get(others[name].verdict, 'shows no difference')}"
