"""The finding in words, worked out from the scores: what is best, and where a trained model loses."""

from collections.abc import Iterator
from dataclasses import dataclass

from equilingual.report.board import Board, Figure, Row
from equilingual.report.formatting import format_distance, format_map, format_measure


@dataclass(frozen=True)
class Aspect:
    """One figure by which rows are compared."""

    name: str
    setting: str
    measure: str

    @property
    def lower_is_better(self) -> bool:
        """Whether less is better."""
        return self.measure.startswith("rank_distance")


ASPECTS = (
    Aspect("monolingual mAP", "monolingual", "map"),
    Aspect("cross-lingual mAP", "cross-lingual", "map"),
    Aspect("multilingual mAP", "multilingual", "map"),
    Aspect("rank distance", "multilingual", "rank_distance"),
)


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


@dataclass(frozen=True)
class Loss:
    """A trained row that is worse than a baseline: one phrase per aspect and baseline."""

    label: str
    phrases: list[str]


@dataclass(frozen=True)
class Finding:
    """The finding on one benchmark."""

    benchmark: str
    best: list[Best]
    gains: list[str]
    losses: list[Loss]


def finding_of(board: Board, benchmark: str) -> Finding:
    """Return what the scores of one benchmark say."""
    rows = board.rows_of(benchmark)
    best = [found for aspect in ASPECTS if (found := _best(board, benchmark, aspect, rows))]
    losses = []
    for row in rows:
        phrases = list(_losses(board, benchmark, row, rows))
        if phrases:
            losses.append(Loss(board.full_label(row), phrases))
    gains = [text for row in rows if row.trained and (text := _gain(board, benchmark, row))]
    return Finding(benchmark, best, gains, losses)


def format_interval(figure: Figure, measure: str) -> str:
    """Return ``low to high``, or nothing where there is no interval."""
    if figure.low is None or figure.high is None:
        return ""
    return f"{format_measure(measure, figure.low)} to {format_measure(measure, figure.high)}"


def compare_intervals(one: Figure, other: Figure) -> str:
    """Return, in a few words, whether two intervals overlap."""
    if one.low is None or other.low is None or one.high is None or other.high is None:
        return "no interval, so not established"
    if one.low <= other.high and other.low <= one.high:
        return "the intervals overlap, so not established"
    return "the intervals do not overlap"


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
    lead = ""
    if rest:
        next_one = figures[rest[0]]
        lead = (
            f"{_gap(aspect, top, next_one)} ahead of {board.full_label(rest[0])} ({_shown(aspect, next_one)}; "
            f"{compare_intervals(top, next_one)})"
        )
    label = " and ".join(board.full_label(row) for row in winners)
    return Best(aspect.name, label, _shown(aspect, top), format_interval(top, aspect.measure), lead)


def _gap(aspect: Aspect, one: Figure, other: Figure) -> str:
    gap = abs((one.value or 0.0) - (other.value or 0.0))
    return format_distance(gap) if aspect.lower_is_better else format_map(gap)


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
    for aspect in ASPECTS:
        figures = _figures(board, benchmark, aspect, [row, *against])
        if row not in figures:
            continue
        own = figures.pop(row)
        for other, figure in figures.items():
            if is_worse(aspect, own, figure):
                yield (
                    f"to {board.full_label(other)} in {aspect.name}: {_shown(aspect, own)} against "
                    f"{_shown(aspect, figure)} ({compare_intervals(own, figure)})"
                )


def _is_trained_baseline(other: Row, row: Row) -> bool:
    return row.kind == "hybrid" and other.kind != "hybrid" and other.training_set == row.training_set


def _gain(board: Board, benchmark: str, row: Row) -> str:
    """Return how a trained row stands to its encoder as it came, in every aspect."""
    base = board.baseline(row)
    if base is None:
        return ""
    parts = []
    for aspect in ASPECTS:
        own, before = (board.figure(which, benchmark, aspect.setting, aspect.measure) for which in (row, base))
        if own.value is not None and before.value is not None:
            parts.append(f"{aspect.name} {_shown(aspect, before)} → {_shown(aspect, own)}")
    return f"{board.full_label(row)}: {', '.join(parts)}" if parts else ""
