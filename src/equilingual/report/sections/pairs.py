"""Quality by query language and candidates' language: one map with switches, and small multiples in print."""

from dataclasses import dataclass

from markupsafe import Markup

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report.chosen import rows_of_pairs
from equilingual.report.figure import PageFigure, picture
from equilingual.report.plots import language_pairs
from equilingual.report.plots.maps import STEPS, Ends, difference_strip, panel, value_strip
from equilingual.report.plots.plot import Rows
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View
from equilingual.report.vega import chart

_MOST = 24  # languages in small multiples: with more they would take a fifth of the page's bytes


@dataclass(frozen=True)
class Multiple:
    """One of a benchmark's small multiples.

    Attributes:
        title: the model, or what is subtracted from what.
        maps: its map, then the scale of its colours.

    """

    title: str
    maps: list[Markup]


@dataclass(frozen=True)
class BenchmarkPairs:
    """What there is of one benchmark without scripts; no maps where it has too many languages for small ones."""

    benchmark: str
    number: int
    model: str
    measure: str
    text: str
    multiples: list[Multiple]


def build(run: Run) -> View | None:
    """Return the map that the script draws, and the small multiples of each benchmark with pairs of languages."""
    found = []
    for number, name in enumerate(run.board.benchmarks):
        shown = language_pairs.rows(run, name)
        if shown:
            measure = MEASURES[str(shown[0]["measure"])].title
            text = language_pairs.describe(shown)
            found.append(
                BenchmarkPairs(
                    name, number, rows_of_pairs(run, name)[-1].group, measure, text, _multiples(run, name, shown)
                )
            )
    if not found:
        return None
    spec = chart(panel([], [], step=30, fluid=True))
    return {"benchmarks": found, "figure": PageFigure("language-pairs", Markup(""), "", spec)}


def _multiples(run: Run, benchmark: str, shown: Rows) -> list[Multiple]:
    """Return the maps of the headline's reference and model, and of their difference."""
    tags = language_pairs.languages(shown)
    two = rows_of_pairs(run, benchmark)
    if len(tags) > _MOST:
        return []
    ends = language_pairs.scale_of([one for one in shown if one["model"] in {row.group for row in two}])
    found = []
    for row in two:
        own = [one for one in shown if one["model"] == row.group]
        if own:
            found.append(_multiple(own, "value", ends, row.label, tags))
    last = [one for one in shown if one["model"] == two[-1].group and one["difference"] is not None]
    if last:
        base = run.board.baseline(two[-1])
        title = f"{two[-1].label} − {base.label if base else ''}"
        found.append(_multiple(last, "difference", ends, title, tags))
    return found


def _multiple(shown: Rows, name: str, ends: Ends, title: str, tags: list[str]) -> Multiple:
    own = language_pairs.map_of(shown, name, ends, tags)
    strip = value_strip(ends) if name == "value" else difference_strip()
    return Multiple(
        title, [picture(chart(one), one["width"]["step"] * n) for one, n in ((own, len(tags)), (strip, STEPS))]
    )


SECTION = Section("pairs", "Language pairs", "pairs.html.j2", build, "pairs.js")
