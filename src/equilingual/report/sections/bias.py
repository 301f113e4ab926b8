"""Language bias in depth: rank distance by language, whose passages come first, all measures, groups of languages."""

from collections.abc import Callable
from dataclasses import dataclass

from equilingual.report.board import Row
from equilingual.report.by_language import LanguageTable, distance_table
from equilingual.report.chosen import before_and_after, best_untrained
from equilingual.report.diagnostics import DiagnosticView, diagnostic_views
from equilingual.report.figure import PageFigure, page_figure
from equilingual.report.formatting import join_words
from equilingual.report.groups import group_table
from equilingual.report.language_bias import BiasTable, bias_table
from equilingual.report.plots import distances, first_ten
from equilingual.report.plots.plot import Plot
from equilingual.report.published import published_systems
from equilingual.report.records import Table
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View

_HEADLINES = "the headline’s two"
_OTHERS = "the others trained from its encoder without debiasing"


@dataclass(frozen=True)
class BenchmarkBias:
    """The language bias on one benchmark; parts that were not measured are None.

    Attributes:
        encoder: whose models the figures show; empty where there is only one.
        shown: which models each figure shows, where these are not all.
        by_language: the rank distances of the first figure, of all models, with those that others have published.

    """

    benchmark: str
    number: int
    encoder: str
    shown: tuple[str, str]
    distances: PageFigure | None
    first_ten: PageFigure | None
    by_language: LanguageTable | None
    measures: BiasTable | None
    groups: Table | None
    diagnostics: list[DiagnosticView]


def build(run: Run) -> View | None:
    """Return the language bias by benchmark, of those that have any of it."""
    found = [_bias(run, name, number) for number, name in enumerate(run.board.benchmarks)]
    shown = [one for one in found if one.distances or one.first_ten or one.measures or one.groups or one.diagnostics]
    return {"biases": shown, "trained": run.has_trained, "several": len(found) > 1} if shown else None


def _bias(run: Run, benchmark: str, number: int) -> BenchmarkBias:
    encoders = {row.encoder for row in run.board.rows_of(benchmark) if not row.is_lexical}
    shown = join_words(list(dict.fromkeys(row.encoder for row in before_and_after(run, benchmark))))
    judged = run.benchmarks.get(benchmark, {}).get("pool") == "judged"
    published = published_systems(benchmark, len(run.board.languages[benchmark]), judged=judged)
    return BenchmarkBias(
        benchmark,
        number,
        shown if len(encoders) > 1 else "",
        (
            _shown(run, benchmark, distances.models_of, _HEADLINES, _OTHERS),
            _shown(run, benchmark, first_ten.models_of, _HEADLINES),
        ),
        _figure(run, distances.PLOT, benchmark, number),
        _figure(run, first_ten.PLOT, benchmark, number),
        distance_table(run.board, benchmark, published),
        bias_table(run.board, benchmark, run.benchmarks.get(benchmark)),
        group_table(run.board, benchmark, run.records("models")),
        diagnostic_views(run.board, benchmark, run.benchmarks.get(benchmark)),
    )


def _shown(run: Run, benchmark: str, models_of: Callable[[Run, str], list[Row]], *which: str) -> str:
    """Return how many models a figure shows and which; nothing where it shows all."""
    shown, of = models_of(run, benchmark), run.board.rows_of(benchmark)
    best = ["the best that is debiased without training"] if best_untrained(run, benchmark) in shown else []
    words = join_words([*which, *best])
    return f"Shown are {len(shown)} of {len(of)} models: {words}." if len(shown) < len(of) else ""


def _figure(run: Run, plot: Plot, benchmark: str, number: int) -> PageFigure | None:
    shown = plot.rows(run, benchmark)
    return page_figure(plot, number, shown) if shown else None


SECTION = Section("bias", "Language bias", "bias.html.j2", build)
