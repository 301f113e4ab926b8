"""The paired tests between models."""

from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View
from equilingual.report.significance import tested_of


def build(run: Run) -> View:
    """Return the comparisons of ``results/comparisons.csv``."""
    return {"tested": tested_of(run.comparisons)}


SECTION = Section("comparisons", "Comparisons", "comparisons.html.j2", build)
