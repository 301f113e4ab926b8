"""What a finished run says: where the report and the models are, and what training changed, from the files it wrote.

Only the standard library is imported here: Snakemake's own environment has nothing of the stages.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from statistics import fmean

from equilingual.config.experiments import ScoredModel

_MAP, _DISTANCE = "map", "rank_distance_log"
_BENCHMARKS = 3  # that the headline is given of

# The seeds' values by model and measure.
Values = dict[tuple[str, str], list[float]]


def ending(
    models: Mapping[str, ScoredModel], *, scores: str | PathLike[str], report: str, trained: Mapping[str, str]
) -> Iterator[str]:
    """Yield the lines that a finished run ends with.

    Args:
        models: all scored models, by name.
        scores: ``results/scores.csv``, as the run wrote it.
        report: the path of the report.
        trained: the folder of each experiment's model, by the experiment's name.

    """
    yield f"Report: {report}"
    if trained:
        first, *others = trained.values()
        yield f"Models: {first}/{f' and {len(others)} more beside it' if others else ''}"
    by_benchmark = _read(models, scores)
    for benchmark in list(by_benchmark)[:_BENCHMARKS]:
        if line := headline(benchmark, by_benchmark[benchmark], models):
            yield line


def headline(benchmark: str, values: Values, models: Mapping[str, ScoredModel]) -> str | None:
    """Return what the best trained model scores beside its base encoder; ``None`` where nothing is in all languages.

    Where nothing was trained, it is the best of all models. The best is that of the highest mAP in multilingual
    retrieval, the mean over seeds.
    """
    scored = {name: fmean(found) for (name, measure), found in values.items() if measure == _MAP}
    trained = [name for name in scored if models[name].experiment is not None]
    if not scored:
        return None
    best = max(trained or scored, key=lambda name: scored[name])
    base = models[best].encoder
    parts = []
    for measure, title in ((_MAP, "mAP"), (_DISTANCE, "log rank distance")):
        own, before = values.get((best, measure)), values.get((base, measure))
        if own:
            against = f" (base encoder {fmean(before):.3f})" if before and base != best else ""
            parts.append(f"{title} {fmean(own):.3f}{against}")
    kind = "best trained model" if trained else "best model"
    return f"Multilingual retrieval on {benchmark}, {kind}: {_without_seed(models[best])}: {', '.join(parts)}"


def _without_seed(model: ScoredModel) -> str:
    """Return a model's name as ``results/comparisons.csv`` has it: all seeds of a strategy together."""
    return model.name if model.experiment is None else model.name.replace(f"__seed-{model.experiment.seed}", "", 1)


def _read(
    models: Mapping[str, ScoredModel], scores: str | PathLike[str]
) -> dict[str, dict[tuple[str, str], list[float]]]:
    """Return the macro-averages in multilingual retrieval, by benchmark, then by model and measure.

    The seeds of a strategy go by the first one's name.
    """
    first: dict[str, str] = {}
    named = {_key(model.description): first.setdefault(_without_seed(model), name) for name, model in models.items()}
    found: dict[str, Values] = {}
    with open(scores, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            is_mean = (row["query_language"], row["pool"], row["setting"]) == ("mean", "mean", "multilingual")
            name = named.get(_key(row))
            if is_mean and name and row["measure"] in (_MAP, _DISTANCE) and row["value"]:
                values = found.setdefault(row["benchmark"], {}).setdefault((name, row["measure"]), [])
                values.append(float(row["value"]))
    return found


def _key(row: Mapping[str, object]) -> tuple[object, ...]:
    """Return what tells a model from the others in a row of the scores, or in a model's description."""
    texts: Iterable[object] = (row[name] for name in ("encoder", "training_set", "strategy", "debias"))
    numbers = (float(str(row[name])) if row[name] not in (None, "") else None for name in ("alpha", "seed"))
    return (*(text or "" for text in texts), *numbers)
