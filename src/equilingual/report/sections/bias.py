"""Language bias: its measures, rank distance by query language, and maps of ranks."""

from dataclasses import dataclass

from equilingual.report.bias_maps import MOST_CELLS, BiasMaps, bias_maps
from equilingual.report.language_bias import Bias, BiasTable, bias_table, bias_views
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View


@dataclass(frozen=True)
class BenchmarkBias:
    """The language bias on one benchmark; parts that were not measured are None or empty."""

    benchmark: str
    table: BiasTable | None
    views: list[Bias]
    maps: BiasMaps | None


def build(run: Run) -> View:
    """Return the language bias by benchmark, of those that have any."""
    board = run.board
    together = [name for name in board.benchmarks if "multilingual" in board.settings(name)]
    most = MOST_CELLS // max(1, len(together))
    biased = run.named("bias")
    found = [
        BenchmarkBias(
            name,
            bias_table(board, name, run.benchmarks.get(name)),
            bias_views(board, name),
            bias_maps(board, name, biased, most),
        )
        for name in board.benchmarks
    ]
    return {"biases": [one for one in found if one.table or one.views or one.maps]}


SECTION = Section("bias", "Language bias", "bias.html.j2", build)
