"""Published figures that stand below our own: reference rows, never candidates for the best value."""

from dataclasses import dataclass

PAPER = "arXiv:2408.10536"


@dataclass(frozen=True)
class PublishedRow:
    """One row of the paper: macro-averaged mAP in the three settings, and the mean rank distance."""

    source: str
    model: str
    strategy: str  # in the paper's own words
    monolingual: float
    cross_lingual: float
    multilingual: float
    rank_distance: float


_FIGURES = {
    "xquad-r": (
        ("XLM-R base", "X-X", 0.792, 0.674, 0.547, 410),
        ("XLM-R base", "X-Y", 0.755, 0.700, 0.593, 295),
        ("XLM-R base", "hybrid", 0.798, 0.705, 0.593, 287),
        ("LaBSE", "X-X", 0.808, 0.752, 0.652, 262),
        ("LaBSE", "X-Y", 0.801, 0.762, 0.679, 225),
        ("LaBSE", "hybrid", 0.817, 0.767, 0.682, 221),
    ),
    "mlqa-r": (
        ("XLM-R base", "X-X", 0.648, 0.584, 0.473, 288),
        ("XLM-R base", "X-Y", 0.626, 0.620, 0.508, 227),
        ("XLM-R base", "hybrid", 0.648, 0.623, 0.512, 227),
        ("LaBSE", "X-X", 0.681, 0.656, 0.550, 225),
        ("LaBSE", "X-Y", 0.671, 0.677, 0.576, 198),
        ("LaBSE", "hybrid", 0.686, 0.681, 0.579, 195),
    ),
}


def published_rows(benchmark: str) -> list[PublishedRow]:
    """Return the published figures for a benchmark, or none."""
    return [PublishedRow(PAPER, *figures) for figures in _FIGURES.get(benchmark, ())]
