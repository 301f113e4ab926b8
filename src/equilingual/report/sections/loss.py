"""What was measured during the training, over its steps."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from equilingual.report.board import Board
from equilingual.report.charts import curve_chart, legend_line
from equilingual.report.curves import read_curves
from equilingual.report.formatting import format_count
from equilingual.report.inputs import Place
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View

_CAPTIONS = {
    "loss": "Training loss",
    "validation_loss": "Validation loss",
    "validation_map": "Mean average precision on held-out pairs, in all their languages at once",
}


@dataclass(frozen=True)
class Learning:
    """A chart over the training's steps and its legend: a sample of each line, its label, and a note."""

    caption: str
    chart: Markup
    legend: list[tuple[Markup, str, str]]


def build(run: Run) -> View | None:
    """Return the charts that have a curve."""
    charts = _charts(run.inputs.histories, run.board)
    return {"learning": charts} if charts else None


def _charts(histories: Mapping[str, Place], board: Board) -> list[Learning]:
    charts = []
    for measure, caption in _CAPTIONS.items():
        curves = [curve for curve in read_curves(histories, board, measure) if curve.smooth]
        legend = [
            (
                legend_line(curve.kind, curve.variant, curve.mode),
                f"{curve.label}: {'loss on ' if measure == 'loss' else ''}{curve.mode}",
                f"batches: {format_count(curve.batches)}, each point the mean of {format_count(curve.window)}"
                if measure == "loss"
                else f"{format_count(curve.batches)} times",
            )
            for curve in curves
        ]
        if curves:
            charts.append(Learning(caption, curve_chart(curves, caption), legend))
    return charts


SECTION = Section("loss", "Training", "loss.html.j2", build)
