"""The means of a study's models as tables: one for all query languages, one for each named group of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from equilingual.catalogues.benchmarks import SETTINGS
from equilingual.catalogues.debiasing import ON_POOL
from equilingual.evaluation.catalogue import MEASURES
from equilingual.evaluation.identities import Seen, seen_remarks
from equilingual.report.formatting import MISSING, format_measure
from equilingual.report.studies.drawing import value_text
from equilingual.report.studies.record import ALL, Record, Study

CSV = ("model", "label", "benchmark", "setting", "measure", "languages", "value", "low", "high", "seeds")


@dataclass(frozen=True)
class Line:
    """A model: its number of seeds, and of each column the mean with its interval, and whether it is the best."""

    label: str
    seeds: str
    cells: list[tuple[str, bool]]
    seen: bool


@dataclass(frozen=True)
class Scores:
    """A table of means.

    Attributes:
        languages: the name of the group of query languages; empty for all of them.
        columns: benchmark, and measure with setting.

    """

    languages: str
    columns: list[tuple[str, str]]
    lines: list[Line]


def tables_of(study: Study, seen: Seen) -> list[Scores]:
    """Return the tables: of all query languages, then of each named group that there are means of."""
    there = {key[-1] for key in study.means}
    return [_table(study, seen, name) for name in (ALL, *study.groups) if name in there]


def _table(study: Study, seen: Seen, languages: str) -> Scores:
    columns = _columns(study, languages)
    bests = [_best(study, column, languages) for column in columns]
    lines = []
    for model in study.models.values():
        found = [study.means.get((str(model["model"]), *column, languages)) for column in columns]
        if any(found):
            cells = [_cell(mean, column[2], best) for mean, column, best in zip(found, columns, bests, strict=True)]
            is_seen = any(_is_seen(model, column[0], seen) for column in columns)
            lines.append(Line(str(model["label"]), str(len(model["seeds"]) or MISSING), cells, is_seen))
    titles = [(benchmark, MEASURES[measure].words_in(setting)) for benchmark, setting, measure in columns]
    return Scores("" if languages == ALL else languages, titles, lines)


def _columns(study: Study, languages: str) -> list[tuple[str, str, str]]:
    """Return benchmark, setting and measure of what there are means of, settings in their usual order."""
    found = {key[1:4]: None for key in study.means if key[-1] == languages}
    benchmarks = list(dict.fromkeys(benchmark for benchmark, _, _ in found))
    return sorted(found, key=lambda column: (benchmarks.index(column[0]), SETTINGS.index(column[1])))


def _best(study: Study, column: tuple[str, str, str], languages: str) -> str | None:
    """Return the best value as the table shows it; None for a measure without a better side."""
    better = MEASURES[column[2]].better
    names = [str(model["model"]) for model in study.models.values()]
    values = [mean["value"] for name in names if (mean := study.means.get((name, *column, languages))) is not None]
    if better == "near" or len(values) < 2:
        return None
    return format_measure(column[2], min(values) if better == "low" else max(values))


def _cell(mean: Record | None, measure: str, best: str | None) -> tuple[str, bool]:
    if mean is None:
        return MISSING, False
    return value_text(measure, mean), format_measure(measure, mean["value"]) == best


def _is_seen(model: Mapping[str, Any], benchmark: str, seen: Seen) -> bool:
    return bool(seen.get(str(model["encoder"]), {}).get(benchmark))


def remarks_of(study: Study, seen: Seen) -> list[str]:
    """Return a sentence on the encoders of the study that were trained on data of one of its benchmarks."""
    benchmarks = dict.fromkeys(key[1] for key in study.means)
    encoders = dict.fromkeys(str(model["encoder"]) for model in study.models.values())
    return [remark for benchmark in benchmarks for remark in seen_remarks(seen, benchmark, encoders)]


def own_texts_of(study: Study) -> list[str]:
    """Return a sentence on the models that are debiased with the texts of the benchmark that they are tested on."""
    if not any(part.endswith(ON_POOL) for model in study.models.values() for part in str(model["debias"]).split("+")):
        return []
    return [
        f"Models with “{ON_POOL}” in their names are debiased with the benchmark’s own texts: they have seen the "
        "test’s questions and passages, though not which passage is relevant."
    ]


def csv_of(study: Study) -> dict[str, Sequence[Any]]:
    """Return all means as a table of columns and rows, for the page's script."""
    labels = {name: str(model["label"]) for name, model in study.models.items()}
    lines = [{**one, "label": labels.get(str(one["model"]), "")} for one in study.record["means"]]
    return {"columns": list(CSV), "data": [[one.get(name) for name in CSV] for one in lines]}
