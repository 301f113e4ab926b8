"""The paired tests between models: what ``results/comparisons.csv`` says, benchmark by benchmark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report.formatting import MISSING, format_count, format_map, join_words
from equilingual.report.records import Hash, Table

_MOST_ROWS = 200  # of a benchmark: a row is half a kilobyte of the page


@dataclass(frozen=True)
class Tested:
    """The section of the comparisons.

    Attributes:
        family: what was tested together, in a sentence; empty where nothing was.
        tables: one per benchmark.

    """

    family: str
    tables: list[Table]


def tested_of(lines: Sequence[Mapping[str, str]]) -> Tested:
    """Return the lines of ``results/comparisons.csv`` as tables, in their order; of a benchmark its first rows only."""
    by_benchmark: dict[str, list[Mapping[str, str]]] = {}
    for line in lines:
        by_benchmark.setdefault(line["benchmark"], []).append(line)
    tables = [_table(name, found) for name, found in by_benchmark.items()]
    return Tested(_family(lines, list(by_benchmark)), tables)


def _family(lines: Sequence[Mapping[str, str]], benchmarks: list[str]) -> str:
    if not lines:
        return ""
    pairs = len({(line["model_a"], line["model_b"]) for line in lines})
    what = list(dict.fromkeys(MEASURES[line["measure"]].words_in(line["setting"]) for line in lines))
    return (
        f"The family: {format_count(len(lines))} {'comparison' if len(lines) == 1 else 'comparisons'}, of "
        f"{format_count(pairs)} {'pair' if pairs == 1 else 'pairs'} of models on {join_words(benchmarks)}, by "
        f"{join_words(what)}."
    )


def _table(benchmark: str, lines: Sequence[Mapping[str, str]]) -> Table:
    rows: list[list[str | Hash]] = []
    for line in lines[:_MOST_ROWS]:
        values = [_decimals(line[name]) for name in ("value_a", "value_b")]
        shares = " / ".join(f"{float(line[name]):.0%}" for name in ("wins", "losses", "ties"))
        spread = " / ".join(_decimals(line[name]) for name in ("seed_sd_a", "seed_sd_b"))
        rest = [_p(line["p"]), _decimals(line["effect_size"]), shares, spread]
        rows.append([line["verdict"], *values, *rest, format_count(int(line["questions"]))])
    columns = [
        "Verdict",
        "Value, first",
        "Value, second",
        "p, uncorrected",
        "Effect size d_z",
        "Questions won / lost / equal",
    ]
    columns += ["Standard deviation over seeds", "Questions"]
    caption = f"{benchmark}: models on the same questions"
    if len(lines) > _MOST_ROWS:
        caption += f"; {format_count(len(lines) - _MOST_ROWS)} more comparisons are in results/comparisons.csv"
    return Table(caption, columns, set(columns[1:]), rows)


def _decimals(text: str) -> str:
    return format_map(float(text)).replace("-", "−") if text else MISSING


def _p(text: str) -> str:
    return f"{float(text):.2g}"
