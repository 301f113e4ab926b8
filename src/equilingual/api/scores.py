"""What :func:`equilingual.evaluate` returns."""

import math
import os
import tempfile
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from equilingual.api.stages import Stages
from equilingual.evaluation import collect_scores
from equilingual.evaluation.bootstrap import MEAN
from equilingual.evaluation.catalogue import MEASURES
from equilingual.evaluation.scores import COLUMNS
from equilingual.parquet import read_table
from equilingual.provenance import package_versions

if TYPE_CHECKING:
    import pandas as pd

# (setting, measure) of the macro-averages that are printed, of those that a benchmark has.
_PRINTED = (
    ("monolingual", "map"),
    ("cross-lingual", "map"),
    ("multilingual", "map"),
    ("multilingual", "log_rank_distance"),
    ("cross-lingual", "accuracy"),
    ("cross-lingual", "f1"),
)


class Scores:
    """The scores of a model on a benchmark, and of the same model debiased.

    Printing it shows the macro-averages, which :meth:`summary` returns. All values are in :meth:`to_dataframe`.
    """

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._folders = {model: stages.scores_of(model) for model in stages.models}
        self._table = pa.concat_tables(read_table(path, COLUMNS) for path in self._files())

    @property
    def benchmark(self) -> str:
        """The benchmark's name."""
        return self._stages.request.benchmark

    @property
    def languages(self) -> list[str]:
        """The languages of the queries, in the order of the benchmark."""
        tags = dict.fromkeys(self._table["query_language"].to_pylist())
        return [tag for tag in tags if tag != MEAN]

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the macro-averages that printing shows, unrounded: by model, then by ``setting/measure``.

        A model has its name in ``results/comparisons.csv``: the encoder, with ``+`` and the method where it is
        debiased. The keys of a benchmark with rankings are ``monolingual/map``, ``cross-lingual/map``,
        ``multilingual/map`` and ``multilingual/log_rank_distance``; of one with sentence pairs
        ``cross-lingual/accuracy`` or ``cross-lingual/f1``. All other measures are in :meth:`to_dataframe`, at the
        query language and pool ``mean``.
        """
        return {
            _name(model): {"/".join(key): values[key] for key in _PRINTED if key in values}
            for model, values in self._means().items()
        }

    def to_dataframe(self) -> "pd.DataFrame":
        """Return all values: one row per model, setting, query language, pool and measure.

        The columns are those of the workflow's ``results/scores.csv``. Macro-averages have ``mean`` as query language
        and pool.

        Raises:
            ImportError: pandas is not installed.

        """
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_dataframe needs pandas: pip install pandas; to_csv does not") from error
        frame: pandas.DataFrame = self._table.to_pandas()
        return frame

    def to_csv(self, path: str | PathLike[str]) -> None:
        """Write all values as CSV, as the workflow writes ``results/scores.csv``; values are exact."""
        with tempfile.TemporaryDirectory() as temporary:
            self._collect(path, Path(temporary) / "intervals.csv")

    def report(self, path: str | PathLike[str]) -> None:
        """Write the workflow's page, one HTML file: tables, a map of language pairs, language bias, examples.

        Debiased models are tested against the model itself, and questions are shown with what each has first.
        """
        from equilingual.report import ReportInputs, render_report

        stages, benchmark = self._stages, self.benchmark
        is_ranked = benchmark in stages.plan.evaluation.ranked
        fitting = [stages.fitting / "counts.json"] if stages.plan.evaluation.fitting else []
        dense = [stages.request.model] if stages.plan.evaluation.vectored else []
        nothing: dict[str, Any] = dict.fromkeys(
            (
                "models",
                "mined",
                "batches",
                "audits",
                "corpora",
                "translations",
                "samples",
                "quality",
                "duplicates",
                "overlaps",
                "queries",
            ),
            (),
        )
        with tempfile.TemporaryDirectory() as temporary:
            scores, intervals = (Path(temporary) / name for name in ("scores.csv", "intervals.csv"))
            self._collect(scores, intervals)
            render_report(
                ReportInputs(
                    title=stages.config.title,
                    scores=scores,
                    identities=stages.identities,
                    comparisons=stages.comparisons,
                    intervals=intervals,
                    bias=self._by_model("bias.json"),
                    benchmarks=[stages.benchmark / "counts.json"],
                    examples=[stages.examples] if is_ranked else [],
                    encodings={f"{model}/{benchmark}": stages.vectors / "counts.json" for model in dense},
                    fitting=fitting,
                    histories={},
                    searches={},
                    index="exact",
                    versions=package_versions(),
                    tests=stages.config.evaluation.comparisons.model_dump(include={"alpha", "permutations"}),
                    **nothing,
                ),
                out=_parent_made(path),
            )

    def __str__(self) -> str:
        means = self._means()
        printed = [key for key in _PRINTED if any(key in one for one in means.values())]
        headings = [(key, MEASURES[key[1]].words_in(key[0])) for key in printed]
        labels = {(one["encoder"], one["debias"]): one["label"] for one in self._stages.plan.evaluation.described}
        names = [labels[model] for model in means]
        width = max(map(len, names))
        languages = self.languages
        tags = ", ".join(languages)
        about = f"{len(languages)} language{'s' * (len(languages) != 1)} ({tags})"
        lines = [f"{self._stages.request.model} on {self.benchmark}: {about}"]
        lines.append("  ".join([" " * width, *(heading for _, heading in headings)]))
        for name, values in zip(names, means.values(), strict=True):
            cells = [_number(values.get((key[0], key[1]))).rjust(len(heading)) for key, heading in headings]
            lines.append("  ".join([name.ljust(width), *cells]))
        if any(heading == "log rank distance" for _, heading in headings):
            fair = f"a fair ranking of answers in {len(languages)} languages has {math.log2(len(languages)):.2f}"
            lines.append(f"mAP: higher is better; log rank distance: lower is better, {fair}")
        return "\n".join(lines)

    __repr__ = __str__

    def _means(self) -> dict[tuple[str, str], dict[tuple[str, str], float]]:
        """Return the macro-averages of each (encoder, debias) by (setting, measure)."""
        found: dict[tuple[str, str], dict[tuple[str, str], float]] = {}
        for row in self._table.to_pylist():
            if row["query_language"] == row["pool"] == MEAN:
                model = found.setdefault((row["encoder"], row["debias"]), {})
                model[row["setting"], row["measure"]] = row["value"]
        return found

    def _files(self) -> list[Path]:
        return [folder / "scores.parquet" for folder in self._folders.values()]

    def _collect(self, out: str | PathLike[str], intervals: Path) -> None:
        collect_scores(scores=self._files(), out=_parent_made(out), intervals=intervals)

    def _by_model(self, file: str) -> Mapping[str, Path]:
        return {f"{model}/{self.benchmark}": folder / file for model, folder in self._folders.items()}


def _name(model: tuple[str, str]) -> str:
    encoder, debias = model
    return encoder if debias == "none" else f"{encoder}+{debias}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _parent_made(path: str | PathLike[str]) -> Path:
    """Return a path whose folder exists."""
    place = Path(os.fspath(path)).expanduser()
    place.parent.mkdir(parents=True, exist_ok=True)
    return place
