"""Why models are biased on one benchmark: the diagnostics that the run has, each with its values by language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from equilingual.catalogues.diagnostics import DIAGNOSTICS
from equilingual.evaluation.catalogue import DIAGNOSTIC
from equilingual.report.board import MEAN, Board
from equilingual.report.by_language import ByLanguage, languages_shown, value_of
from equilingual.report.formatting import format_measure, language_name
from equilingual.report.language_bias import BiasTable, measure_lines
from equilingual.report.records import Hash, Table

# What is shown of each language, in one cell of the table.
_BY_LANGUAGE: Mapping[str, Sequence[ByLanguage]] = {
    "lang_ndcg": (ByLanguage("multilingual", "lang_ndcg@10", ("xx", "all"), ", by query language"),),
    "first_hit": (ByLanguage("multilingual", "first_irrelevant_own", ("xx", "all"), ", by query language"),),
    "reciprocity": (
        ByLanguage("monolingual", "reciprocity", ("xx", "xx")),
        ByLanguage("cross-lingual", "reciprocity", ("xx", MEAN), ", by query language"),
    ),
    "hubness": (
        ByLanguage("multilingual", "hub_skewness@10", (MEAN, "xx")),
        ByLanguage("multilingual", "anti_hubs@10", (MEAN, "xx"), ", by candidate language"),
    ),
}


@dataclass(frozen=True)
class DiagnosticView:
    """A diagnostic of all models.

    Attributes:
        why: what it says about the bias.
        measures: the means, and what a fair model has.
        languages: the values by language; None with one language.

    """

    title: str
    why: str
    measures: BiasTable
    languages: Table | None


def diagnostic_views(board: Board, benchmark: str, counts: Mapping[str, Any] | None) -> list[DiagnosticView]:
    """Return the diagnostics that any model of a benchmark has."""
    labels = [row.label for row in board.rows_of(benchmark)]
    views = []
    for name, about in DIAGNOSTICS.items():
        lines = measure_lines(board, benchmark, counts, [one for one in DIAGNOSTIC if one.diagnostic == name])
        if lines:
            table = BiasTable(labels, lines, "")
            views.append(DiagnosticView(about.title, about.why, table, _by_language(board, benchmark, name)))
    return views


def _by_language(board: Board, benchmark: str, diagnostic: str) -> Table | None:
    tags, rows = languages_shown(board, benchmark), board.rows_of(benchmark)
    figures = [one for one in _BY_LANGUAGE.get(diagnostic, ()) if board.has(benchmark, one.setting, one.measure)]
    if len(tags) < 2 or not figures:
        return None
    lines: list[list[str | Hash]] = []
    for tag in tags:
        cells = [
            " / ".join(format_measure(one.measure, value_of(board, row, benchmark, one, tag)) for one in figures)
            for row in rows
        ]
        lines.append([f"{language_name(tag)} ({tag})", *cells])
    labels = [row.label for row in rows]
    return Table(f"{benchmark}: {' / '.join(one.name for one in figures)}", ["Language", *labels], set(labels), lines)
