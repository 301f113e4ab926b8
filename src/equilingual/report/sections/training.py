"""What was measured during the training, over its steps."""

from equilingual.report.figure import page_figure
from equilingual.report.histories import MEASURES
from equilingual.report.plots import training
from equilingual.report.records import experiment_table
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View


def build(run: Run) -> View | None:
    """Return the figure, what its switches offer, and the table of experiments; None where nothing was trained."""
    shown = training.rows(run)
    table = experiment_table(run.records("models"))
    if not shown and not table.rows:
        return None
    figure = page_figure(training.PLOT, 0, shown) if shown else None
    measures = dict.fromkeys(str(one["measure"]) for one in shown)
    values = figure.spec["transform"][0]["from"]["data"]["values"] if figure else []
    return {
        "figure": figure,
        "measures": [(name, MEASURES[name]) for name in measures],
        "batches": list(dict.fromkeys(line["batches"] for line in values if line["batches"])),
        "models": list(dict.fromkeys(line["label"] for line in values)),
        "several_seeds": any(line["thin"] for line in values),
        "experiments": table,
    }


SECTION = Section("training", "Training", "training.html.j2", build, "training.js")
