"""What a figure is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from equilingual.report.run import Run
from equilingual.report.vega import Spec

Rows = Sequence[dict[str, object]]


@dataclass(frozen=True)
class Plot:
    """A figure of one benchmark: in the page, and in ``results/figures/{name}/`` as SVG, PDF and CSV.

    Attributes:
        name: of its folder, and of its element in the page.
        rows: what it shows of a benchmark, as the CSV has it; empty where there is no such figure.
        spec: from these rows to a Vega-Lite specification (``vega.chart``).
        describe: from these rows to a text in place of the picture.
        width: of the plot in files and without scripts, in pixels; the page's fills its column.

    """

    name: str
    rows: Callable[[Run, str], Rows]
    spec: Callable[[Rows], Spec]
    describe: Callable[[Rows], str]
    width: int = 420
