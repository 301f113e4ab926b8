"""The page's data: ``results/report.json``, from which every part of the page is drawn (docs/report-data.md)."""

import json
import re
from os import PathLike
from typing import TYPE_CHECKING, Any

from equilingual.files import replacing
from equilingual.report.data.benchmarks import benchmark_entries
from equilingual.report.data.comparisons import comparison_table
from equilingual.report.data.examples import example_entries
from equilingual.report.data.exposure import exposure_table
from equilingual.report.data.flow import FLOW, flow_table
from equilingual.report.data.measures import measure_entries
from equilingual.report.data.models import model_entries
from equilingual.report.data.provenance import provenance_of
from equilingual.report.data.published import published_table
from equilingual.report.data.scores import over_seeds_table, score_table, seed_table

if TYPE_CHECKING:
    from equilingual.report.run import Run

_HALF = re.compile("[\ud800-\udfff]")
SCHEMA = 1  # raised when a key changes its meaning or goes


def page_data(run: "Run") -> dict[str, Any]:
    """Return the page's data; tables are in the form of ``pandas.DataFrame(**table)``."""
    return {
        "schema": SCHEMA,
        "title": run.inputs.title,
        "provenance": provenance_of(run.manifest, run.records("models")),
        "models": model_entries(run.board),
        "benchmarks": benchmark_entries(run.board, run.benchmarks),
        "measures": measure_entries(),
        "scores": score_table(run.board),
        "seeds": seed_table(run.board),
        "intervals_over_seeds": over_seeds_table(run.board),
        "comparisons": comparison_table(run.comparisons),
        "published": published_table(run.board, run.benchmarks),
        "flow": flow_table(*map(run.records, FLOW)),
        "examples": example_entries(run.board, run.records("examples")),
        "exposure": exposure_table(run.board, run.named("bias")),
    }


def to_json(data: dict[str, Any]) -> str:
    """Return the data as JSON in one line; the same data give the same text.

    Halves of surrogate pairs are escaped, which UTF-8 cannot hold.
    """
    text = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return _HALF.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def write_data(text: str, path: str | PathLike[str]) -> None:
    """Write the JSON, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
