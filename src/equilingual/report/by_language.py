"""What is shown of each language: which figures a benchmark has by language, and their tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report.board import MEAN, Board, Row
from equilingual.report.formatting import format_measure, language_name
from equilingual.report.marks import legend_mark
from equilingual.report.published import Published
from equilingual.report.variants import row_variants


@dataclass(frozen=True)
class ByLanguage:
    """A figure that each language has.

    Attributes:
        ends: query language and pool, where ``xx`` stands for the language.
        rest: what its name has after the measure.

    """

    setting: str
    measure: str
    ends: tuple[str, str]
    rest: str = ""

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        return MEASURES[self.measure].words_in(self.setting) + self.rest

    def of(self, language: str) -> tuple[str, str]:
        """Return query language and pool of one language's figure."""
        query, pool = (language if end == "xx" else end for end in self.ends)
        return query, pool


_MAP = (
    ByLanguage("monolingual", "map", ("xx", "xx")),
    ByLanguage("cross-lingual", "map", ("xx", MEAN), " by query language"),
    ByLanguage("multilingual", "map", ("xx", "all")),
)
_MONOLINGUAL = (
    ByLanguage("monolingual", "ndcg@10", ("xx", "xx")),
    ByLanguage("monolingual", "recall@100", ("xx", "xx")),
)
_BITEXT = (
    ByLanguage("cross-lingual", "accuracy", ("xx", MEAN), " by query language"),
    ByLanguage("cross-lingual", "accuracy", (MEAN, "xx"), " by candidate language"),
)

_DISTANCE = ByLanguage("multilingual", "rank_distance", ("xx", "all"), " by query language")


@dataclass(frozen=True)
class LanguageTable:
    """One figure of every language and model, with what is published beside it."""

    caption: str
    models: list[tuple[Markup, str]]
    published: list[str]
    lines: list[tuple[str, str, list[str], list[str]]]  # tag, name, values, published values


def figures_by_language(board: Board, benchmark: str) -> list[ByLanguage]:
    """Return the figures that a benchmark has by language, those that its settings are judged by."""
    known: Sequence[ByLanguage] = _MAP
    if board.is_bitext(benchmark):
        known = _BITEXT
    elif board.settings(benchmark) == ["monolingual"]:
        known = _MONOLINGUAL
    rows, tags = board.rows_of(benchmark), languages_shown(board, benchmark)
    return [
        one
        for one in known
        if any(value_of(board, row, benchmark, one, tag) is not None for row in rows for tag in tags)
    ]


def languages_shown(board: Board, benchmark: str) -> list[str]:
    """Return a benchmark's languages without the one that is in every pair: it would stand for all the others."""
    pivot = board.pivot(benchmark)
    return [tag for tag in board.languages.get(benchmark, []) if tag != pivot]


def value_of(board: Board, row: Row, benchmark: str, figure: ByLanguage, language: str) -> float | None:
    """Return one language's figure, the mean over seeds."""
    return board.figure(row, benchmark, figure.setting, figure.measure, *figure.of(language)).value


def language_tables(board: Board, benchmark: str, published: Sequence[Published]) -> list[LanguageTable]:
    """Return a table per figure; nothing for a benchmark of one language."""
    if len(languages_shown(board, benchmark)) < 2:
        return []
    return [language_table(board, benchmark, figure, published) for figure in figures_by_language(board, benchmark)]


def distance_table(board: Board, benchmark: str, published: Sequence[Published]) -> LanguageTable | None:
    """Return the rank distance of every language; None where it was not measured."""
    tags, rows = languages_shown(board, benchmark), board.rows_of(benchmark)
    if not any(value_of(board, row, benchmark, _DISTANCE, tag) is not None for row in rows for tag in tags):
        return None
    return language_table(board, benchmark, _DISTANCE, published)


def language_table(board: Board, benchmark: str, figure: ByLanguage, published: Sequence[Published]) -> LanguageTable:
    """Return a table of one figure; published systems are those that have it of any language."""
    tags, rows, variants = languages_shown(board, benchmark), board.rows_of(benchmark), row_variants(board)
    beside = [
        system
        for system in published
        if any(system.figure(figure.setting, figure.measure, *figure.of(tag)) is not None for tag in tags)
    ]
    lines = []
    for tag in tags:
        own = [format_measure(figure.measure, value_of(board, row, benchmark, figure, tag)) for row in rows]
        theirs = [
            format_measure(figure.measure, system.figure(figure.setting, figure.measure, *figure.of(tag)))
            for system in beside
        ]
        lines.append((tag, language_name(tag), own, theirs))
    models = [(legend_mark(row.kind, variants[row]), row.label) for row in rows]
    names = [f"{system.label} ({system.source}; {system.about})" for system in beside]
    pivot = board.pivot(benchmark)
    words = f"{figure.name}{f' ({language_name(pivot)} at the other end)' if pivot else ''}"
    return LanguageTable(words[0].upper() + words[1:], models, names, lines)
