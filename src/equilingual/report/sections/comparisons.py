"""The paired tests between models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report.figure import PageFigure, picture
from equilingual.report.formatting import format_count, join_words
from equilingual.report.paired import alpha_text, describe_tests, name_test
from equilingual.report.plots import forest
from equilingual.report.plots.plot import Rows
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View

_MOST_SENTENCES = 200  # of a benchmark


@dataclass(frozen=True)
class Panel:
    """The comparisons by one measure in one setting.

    Attributes:
        name: of the measure and setting, for the address.
        title: the same in words.
        left_out: how many comparisons the figure has no room for on the screen.

    """

    name: str
    title: str
    figure: PageFigure
    left_out: int


@dataclass(frozen=True)
class Tested:
    """The comparisons of one benchmark.

    Attributes:
        number: of the benchmark in the page's data.
        sentences: each verdict, and whether it shows a difference; the first of them where there are very many.
        left_out: how many have no sentence.

    """

    benchmark: str
    number: int
    panels: list[Panel]
    sentences: list[tuple[str, bool]]
    left_out: int


def build(run: Run) -> View:
    """Return the comparisons of ``results/comparisons.csv``, by benchmark."""
    found = [(number, name, forest.rows(run, name)) for number, name in enumerate(run.board.benchmarks)]
    tested = [_tested(number, name, shown) for number, name, shown in found if shown]
    return {
        "family": family_of(run.comparisons),
        "test": name_test(run.comparisons, run.inputs.tests),
        "tests": describe_tests(run.comparisons, run.inputs.tests),
        "alpha": alpha_text(run.inputs.tests),
        "tested": tested,
        "has_log": any(line["measure"] == "log_rank_distance" for line in run.comparisons),
        "over_seeds": any(line["low_over_seeds"] for line in run.comparisons),
        "margin": any(line["margin"] for line in run.comparisons),
    }


def _tested(number: int, benchmark: str, shown: Rows) -> Tested:
    panels = [
        Panel(
            f"{panel[0]['setting']}|{panel[0]['measure']}",
            forest.title_of(panel),
            _figure(f"{number}-{place}", panel),
            max(0, len(panel) - forest.MOST),
        )
        for place, panel in enumerate(forest.panels(shown))
    ]
    sentences = [(forest.sentence(one), bool(one["shown"])) for one in shown[:_MOST_SENTENCES]]
    return Tested(benchmark, number, panels, sentences, len(shown) - len(sentences))


def _figure(number: str, panel: Rows) -> PageFigure:
    """Return a panel: for the screen, and a picture with room for fewer comparisons."""
    printed = picture(forest.on_paper(panel, forest.PAPER), forest.PLOT.width)
    return PageFigure(f"{forest.PLOT.name}-{number}", printed, forest.describe(panel), forest.on_page(panel))


def family_of(lines: Sequence[Mapping[str, str]]) -> str:
    """Return what was tested together, in a sentence; nothing where nothing was."""
    if not lines:
        return ""
    benchmarks = list(dict.fromkeys(line["benchmark"] for line in lines))
    pairs = len({(line["model_a"], line["model_b"]) for line in lines})
    what = list(dict.fromkeys(MEASURES[line["measure"]].words_in(line["setting"]) for line in lines))
    return (
        f"{format_count(len(lines))} {'comparison' if len(lines) == 1 else 'comparisons'} are corrected together: "
        f"{format_count(pairs)} {'pair' if pairs == 1 else 'pairs'} of models, on {join_words(benchmarks)}, by "
        f"{join_words(what)}."
    )


SECTION = Section("comparisons", "Comparisons", "comparisons.html.j2", build, "comparisons.js")
