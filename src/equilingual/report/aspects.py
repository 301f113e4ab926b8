"""By which measure, in which setting, the rows of a benchmark are compared."""

from dataclasses import dataclass

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report.board import Board, Figure
from equilingual.report.formatting import format_measure
from equilingual.report.paired import Paired


@dataclass(frozen=True)
class Aspect:
    """One measure in one setting."""

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


def aspects_of(board: Board, benchmark: str) -> tuple[Aspect, ...]:
    """Return what a benchmark's rows are compared by.

    F1 of mined pairs, accuracy of matched sentences, nDCG@10 where each language is alone, else :data:`ASPECTS`.
    """
    if board.is_mined(benchmark):
        return (Aspect("cross-lingual", "f1"),)
    if board.is_bitext(benchmark):
        return (Aspect("cross-lingual", "accuracy"), ASPECTS[2], ASPECTS[3])
    if board.settings(benchmark) == ["monolingual"]:
        return (Aspect("monolingual", "ndcg@10"), ASPECTS[0])
    return ASPECTS


def tested_aspects(board: Board, benchmark: str, paired: Paired) -> tuple[Aspect, ...]:
    """Return :func:`aspects_of` a benchmark, with mAP where the measure was not tested in its setting and mAP was."""
    return tuple(dict.fromkeys(_tested(aspect, benchmark, paired) for aspect in aspects_of(board, benchmark)))


def _tested(aspect: Aspect, benchmark: str, paired: Paired) -> Aspect:
    instead = Aspect(aspect.setting, "map")
    is_bias = MEASURES[aspect.measure].is_bias  # which is tested by its logarithm
    if is_bias or paired.has((benchmark, aspect.setting, aspect.measure)):
        return aspect
    return instead if paired.has((benchmark, instead.setting, instead.measure)) else aspect


def format_interval(figure: Figure, measure: str) -> str:
    """Return ``low to high``, or nothing where there is no interval."""
    if figure.low is None or figure.high is None:
        return ""
    return f"{format_measure(measure, figure.low)} to {format_measure(measure, figure.high)}"
