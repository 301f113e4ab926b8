"""The columns of the comparison: which figures a benchmark is judged by, from the settings that it is asked in."""

from dataclasses import dataclass

from equilingual.report.board import MEAN, Board, Figure, Row
from equilingual.report.formatting import language_name


@dataclass(frozen=True)
class Column:
    """A macro-average, with its heading and the heading's second line."""

    name: str
    about: str
    setting: str
    measure: str
    language: str = MEAN
    pool: str = MEAN

    def figure(self, board: Board, row: Row, benchmark: str) -> Figure:
        """Return a row's figure."""
        return board.figure(row, benchmark, self.setting, self.measure, self.language, self.pool)


_MULTILINGUAL = (
    Column("mAP", "multilingual", "multilingual", "map"),
    Column("Rank distance", "mean", "multilingual", "rank_distance"),
    Column("Rank distance", "median", "multilingual", "rank_distance_median"),
)
_RECALL = Column("R@10", "multilingual", "multilingual", "recall@10")
_RETRIEVAL = (
    Column("mAP", "monolingual", "monolingual", "map"),
    Column("mAP", "cross-lingual", "cross-lingual", "map"),
    *_MULTILINGUAL,
    Column("R@1", "monolingual", "monolingual", "recall@1"),
    _RECALL,
)
_MONOLINGUAL = (
    Column("nDCG@10", "monolingual", "monolingual", "ndcg@10"),
    Column("R@100", "monolingual", "monolingual", "recall@100"),
    Column("mAP", "monolingual", "monolingual", "map"),
    Column("MRR", "monolingual", "monolingual", "mrr"),
)


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
            columns.append(Column("R@10", "cross-lingual", "cross-lingual", "recall@10"))
    rows = board.rows_of(benchmark)
    return [one for one in columns if any(one.figure(board, row, benchmark).value is not None for row in rows)]


def _of_mining(pairs: list[tuple[str, str]]) -> list[Column]:
    """Return the columns of mined pairs: their means, then F1 of each pair of languages."""
    means = [
        Column(name, "mean of all pairs", "cross-lingual", measure)
        for name, measure in (("F1", "f1"), ("Precision", "precision"), ("Recall", "recall"))
    ]
    return means + [
        Column("F1", f"{language_name(one)} and {language_name(other)}", "cross-lingual", "f1", one, other)
        for one, other in pairs
    ]


def _of_bitext(pivot: str | None) -> list[Column]:
    """Return the columns of matched sentences: both directions apart where one language is in every pair."""
    columns = [Column("Accuracy", "mean of all pairs", "cross-lingual", "accuracy")]
    if pivot:
        name = language_name(pivot)
        columns += [
            Column("Accuracy", f"into {name}", "cross-lingual", "accuracy", MEAN, pivot),
            Column("Accuracy", f"from {name}", "cross-lingual", "accuracy", pivot, MEAN),
        ]
    columns.append(Column("F1", "mean of all pairs", "cross-lingual", "f1"))
    if pivot:
        columns.append(Column("F1", f"into {language_name(pivot)}", "cross-lingual", "f1", MEAN, pivot))
    return [*columns, *_MULTILINGUAL, _RECALL]
