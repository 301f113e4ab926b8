"""The leaderboard's columns: which measures it shows of a benchmark at first, given its retrieval settings."""

from dataclasses import dataclass

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report.board import MEAN, Board, Figure, Row
from equilingual.report.formatting import language_name


@dataclass(frozen=True)
class Column:
    """A macro-average; ``about`` is the second line of its heading, :func:`about_of` where there is none."""

    measure: str
    setting: str
    about: str = ""
    language: str = MEAN
    pool: str = MEAN

    @property
    def heading(self) -> tuple[str, str]:
        """The two lines of its heading."""
        return MEASURES[self.measure].title, self.about or about_of(self.setting, self.measure)

    @property
    def lower_is_better(self) -> bool:
        """Whether less is better."""
        return MEASURES[self.measure].better == "low"

    @property
    def key(self) -> str:
        """Its name in the page: setting and measure, then query language and pool where it is no mean of all."""
        ends = () if (self.language, self.pool) == (MEAN, MEAN) else (self.language, self.pool)
        return "|".join((self.setting, self.measure, *ends))

    def figure(self, board: Board, row: Row, benchmark: str) -> Figure:
        """Return a row's figure."""
        return board.figure(row, benchmark, self.setting, self.measure, self.language, self.pool)


def about_of(setting: str, measure: str) -> str:
    """Return what a heading says below the measure: the setting, or which values are better where it has only one."""
    if len(MEASURES[measure].settings) > 1:
        return setting
    words = {"low": "lower is better", "high": "higher is better", "near": "nearer to fair is better"}
    return words[MEASURES[measure].better]


_MULTILINGUAL = (Column("map", "multilingual"), Column("rank_distance", "multilingual"))
_RETRIEVAL = (Column("map", "monolingual"), Column("map", "cross-lingual"), *_MULTILINGUAL)
_MONOLINGUAL = tuple(Column(measure, "monolingual") for measure in ("ndcg@10", "recall@100", "map", "mrr"))


def columns_of(board: Board, benchmark: str) -> list[Column]:
    """Return the columns of a benchmark, without those that no row has a value in."""
    settings = board.settings(benchmark)
    if board.is_mined(benchmark):
        columns = _of_mining(board.pairs(benchmark))
    elif board.is_bitext(benchmark):
        columns = _of_bitext(board.pivot(benchmark))
    elif settings == ["monolingual"]:
        columns = list(_MONOLINGUAL)
    else:
        columns = list(_RETRIEVAL)
        if "multilingual" not in settings:
            columns.append(Column("recall@10", "cross-lingual"))
    rows = board.rows_of(benchmark)
    return [one for one in columns if any(one.figure(board, row, benchmark).value is not None for row in rows)]


def _of_mining(pairs: list[tuple[str, str]]) -> list[Column]:
    """Return the columns of mined pairs: their means, then F1 of each pair of languages."""
    means = [Column(measure, "cross-lingual", "mean of all pairs") for measure in ("f1", "precision", "recall")]
    return means + [
        Column("f1", "cross-lingual", f"{language_name(one)} and {language_name(other)}", one, other)
        for one, other in pairs
    ]


def _of_bitext(pivot: str | None) -> list[Column]:
    """Return the columns of matched sentences: both directions apart where one language is in every pair."""
    columns = [Column("accuracy", "cross-lingual", "mean of all pairs")]
    if pivot:
        name = language_name(pivot)
        columns += [
            Column("accuracy", "cross-lingual", f"into {name}", MEAN, pivot),
            Column("accuracy", "cross-lingual", f"from {name}", pivot, MEAN),
        ]
    columns.append(Column("f1", "cross-lingual", "mean of all pairs"))
    if pivot:
        columns.append(Column("f1", "cross-lingual", f"into {language_name(pivot)}", MEAN, pivot))
    return [*columns, *_MULTILINGUAL]
