"""The finding in words, worked out from the scores: what is best, and where a trained model loses."""

from collections.abc import Iterator
from dataclasses import dataclass

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report.board import Board, Figure, Row
from equilingual.report.formatting import format_measure, join_words


@dataclass(frozen=True)
class Aspect:
    """One figure by which rows are compared."""

    setting: str
    measure: str

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        return MEASURES[self.measure].words_in(self.setting)

    @property
    def lower_is_better(self) -> bool:
        """Whether less is better."""
        return MEASURES[self.measure].better == "low"


ASPECTS = (
    Aspect("monolingual", "map"),
    Aspect("cross-lingual", "map"),
    Aspect("multilingual", "map"),
    Aspect("multilingual", "rank_distance"),
)
_DISTANCE = ASPECTS[3]


def aspects_of(board: Board, benchmark: str) -> tuple[Aspect, ...]:
    """Return what a benchmark's rows are compared by.

    F1 of mined pairs, accuracy of matched sentences, nDCG@10 where each language is alone, else :data:`ASPECTS`.
    """
    if board.is_mined(benchmark):
        return (Aspect("cross-lingual", "f1"),)
    if board.is_bitext(benchmark):
        return (Aspect("cross-lingual", "accuracy"), ASPECTS[2], _DISTANCE)
    if board.settings(benchmark) == ["monolingual"]:
        return (Aspect("monolingual", "ndcg@10"), ASPECTS[0])
    return ASPECTS


@dataclass(frozen=True)
class Best:
    """Which row is best in one aspect.

    Attributes:
        label: the best row, or rows where the shown figures are equal.
        lead: how far it is from the next row, and whether their intervals overlap; empty where it is alone.

    """

    aspect: str
    label: str
    value: str
    interval: str
    lead: str
    established: bool


@dataclass(frozen=True)
class Gain:
    """What training changed: a trained row against its base encoder."""

    label: str
    text: str


@dataclass(frozen=True)
class Loss:
    """A trained row that is worse than a baseline: one phrase per aspect and baseline."""

    label: str
    phrases: list[str]


@dataclass(frozen=True)
class Finding:
    """The finding on one benchmark; ``verdict`` says it in short, ``aspects`` what rows were compared by."""

    benchmark: str
    aspects: str
    verdict: str
    best: list[Best]
    gains: list[Gain]
    losses: list[Loss]


def finding_of(board: Board, benchmark: str) -> Finding:
    """Return what the scores of one benchmark say."""
    rows = board.rows_of(benchmark)
    best = [found for aspect in aspects_of(board, benchmark) if (found := _best(board, benchmark, aspect, rows))]
    losses = []
    for row in rows:
        phrases = list(_losses(board, benchmark, row, rows))
        if phrases:
            losses.append(Loss(row.label, phrases))
    gains = [gain for row in rows if row.trained and (gain := _gain(board, benchmark, row))]
    compared = join_words([found.aspect for found in best])
    return Finding(benchmark, compared, _verdict(benchmark, best), best, gains, losses)


def format_interval(figure: Figure, measure: str) -> str:
    """Return ``low to high``, or nothing where there is no interval."""
    if figure.low is None or figure.high is None:
        return ""
    return f"{format_measure(measure, figure.low)} to {format_measure(measure, figure.high)}"


def overlap(one: Figure, other: Figure) -> bool | None:
    """Return whether two intervals overlap, or None where one is missing."""
    if one.low is None or other.low is None or one.high is None or other.high is None:
        return None
    return one.low <= other.high and other.low <= one.high


def _established(one: Figure, other: Figure) -> str:
    words = {
        None: "no interval, so not established",
        True: "the intervals overlap, so not established",
        False: "the intervals do not overlap",
    }
    return words[overlap(one, other)]


def is_worse(aspect: Aspect, figure: Figure, than: Figure) -> bool:
    """Return whether a figure, as it is shown, is worse than another; False where either is missing."""
    if figure.value is None or than.value is None or _shown(aspect, figure) == _shown(aspect, than):
        return False
    return (figure.value > than.value) == aspect.lower_is_better


def _shown(aspect: Aspect, figure: Figure) -> str:
    return format_measure(aspect.measure, figure.value)


def _figures(board: Board, benchmark: str, aspect: Aspect, rows: list[Row]) -> dict[Row, Figure]:
    found = {row: board.figure(row, benchmark, aspect.setting, aspect.measure) for row in rows}
    return {row: figure for row, figure in found.items() if figure.value is not None}


def _best(board: Board, benchmark: str, aspect: Aspect, rows: list[Row]) -> Best | None:
    figures = _figures(board, benchmark, aspect, rows)
    if not figures:
        return None
    sign = 1 if aspect.lower_is_better else -1
    ordered = sorted(figures, key=lambda row: sign * (figures[row].value or 0.0))
    top = figures[ordered[0]]
    winners = [row for row in ordered if _shown(aspect, figures[row]) == _shown(aspect, top)]
    rest = ordered[len(winners) :]
    lead, established = "", False
    if rest:
        next_one = figures[rest[0]]
        established = overlap(top, next_one) is False
        lead = (
            f"{_gap(aspect, top, next_one)} ahead of {rest[0].label} ({_shown(aspect, next_one)}; "
            f"{_established(top, next_one)})"
        )
    label = " and ".join(row.label for row in winners)
    return Best(aspect.name, label, _shown(aspect, top), format_interval(top, aspect.measure), lead, established)


def _gap(aspect: Aspect, one: Figure, other: Figure) -> str:
    gap = abs((one.value or 0.0) - (other.value or 0.0))
    return format_measure(aspect.measure, gap)


def _losses(board: Board, benchmark: str, row: Row, rows: list[Row]) -> Iterator[str]:
    """Yield where a trained row is worse than a baseline of its encoder.

    Baselines of a hybrid row are all that is not hybrid; of another trained row, all that is not trained.
    """
    if not row.trained:
        return
    against = [
        other
        for other in rows
        if other.encoder == row.encoder and (not other.trained or _is_trained_baseline(other, row))
    ]
    for aspect in aspects_of(board, benchmark):
        figures = _figures(board, benchmark, aspect, [row, *against])
        if row not in figures:
            continue
        own = figures.pop(row)
        for other, figure in figures.items():
            if is_worse(aspect, own, figure):
                yield (
                    f"to {other.label} in {aspect.name}: {_shown(aspect, own)} against "
                    f"{_shown(aspect, figure)} ({_established(own, figure)})"
                )


def _is_trained_baseline(other: Row, row: Row) -> bool:
    return row.kind == "hybrid" and other.kind != "hybrid" and other.training_set == row.training_set


def _gain(board: Board, benchmark: str, row: Row) -> Gain | None:
    """Return how a trained row stands to its base encoder, in every aspect."""
    base = board.baseline(row)
    parts = []
    for aspect in aspects_of(board, benchmark):
        figures = _figures(board, benchmark, aspect, [row, base] if base else [])
        if len(figures) == 2:
            parts.append(_change(aspect, *figures.values()))
    return Gain(row.label, ", ".join(parts)) if parts else None


def _change(aspect: Aspect, own: Figure, before: Figure) -> str:
    if _shown(aspect, own) == _shown(aspect, before):
        return f"{aspect.name} unchanged"
    sign = "+" if (own.value or 0.0) > (before.value or 0.0) else "−"
    worse = " (worse)" if is_worse(aspect, own, before) else ""
    return f"{aspect.name} {sign}{_gap(aspect, own, before)}{worse}"


def _verdict(benchmark: str, best: list[Best]) -> str:
    """Return in one or two sentences who is best, and how many of the leads are established."""
    if not any(found.lead for found in best):
        return ""
    by_label: dict[str, list[str]] = {}
    for found in best:
        by_label.setdefault(found.label, []).append(found.aspect)
    parts = [f"{label} in {join_words(aspects)}" for label, aspects in by_label.items()]
    clear = [found.aspect for found in best if found.established]
    if clear:
        leads = f"Their intervals are clear of the next model’s in {join_words(clear)}" + (
            "; the other leads are not established." if len(clear) < len(best) else "."
        )
    else:
        why = "overlap" if all(found.interval for found in best) else "overlap or are missing"
        leads = f"No lead over the next model is established: the intervals {why}."
    return f"On {benchmark} the best figures are those of {'; of '.join(parts)}. {leads}"
