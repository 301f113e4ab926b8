"""What a finished run says: where the report and the models are, and what training changed, from the files it wrote.

Only the standard library is imported here: Snakemake's own environment has nothing of the stages.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from pathlib import Path
from statistics import fmean

from equilingual.config.experiments import ScoredModel
from equilingual.config.identities import group_of, identities
from equilingual.evaluation.catalogue import MEASURES

_MAP, _DISTANCE = "map", "log_rank_distance"
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


def study_ending(record: str | PathLike[str], *, folder: str) -> Iterator[str]:
    """Yield the lines that a finished run of a study ends with: its question, its answer, and where its files are.

    Args:
        record: ``study.json``, as the run wrote it.
        folder: the path of its folder, for the user.

    """
    study = json.loads(Path(record).read_text(encoding="utf-8"))
    yield f"Study: {folder}/"
    yield f"Question: {study['question']}"
    yield f"Answer: {study['answer']['sentence']}"
    if earlier := study.get("earlier"):
        others = "1 earlier analysis" if len(earlier) == 1 else f"{len(earlier)} earlier analyses"
        yield f"The page names {others}, and what was changed since."


def headline(benchmark: str, values: Values, models: Mapping[str, ScoredModel]) -> str | None:
    """Return what the best trained model scores beside its base encoder; ``None`` where nothing is in all languages.

    It is called by its label in ``results/models.json``. Where nothing was trained, it is the best of all models. The
    best is that of the highest mAP in multilingual retrieval, the mean over seeds. A model that was not trained and is
    better is named, too.
    """
    scored = {name: fmean(found) for (name, measure), found in values.items() if measure == _MAP}
    trained = [name for name in scored if models[name].experiment is not None]
    if not scored:
        return None
    best = max(trained or scored, key=lambda name: scored[name])
    label = next(identity.label for identity in identities(models) if identity.name == best)
    base = models[best].encoder
    parts = []
    for measure in (_MAP, _DISTANCE):
        own, before = values.get((best, measure)), values.get((base, measure))
        if own:
            against = f" (base encoder {fmean(before):.3f})" if before and base != best else ""
            parts.append(f"{MEASURES[measure].words} {fmean(own):.3f}{against}")
    top = max(scored, key=lambda name: scored[name])
    if trained and scored[top] > scored[best]:
        other = next(identity.label for identity in identities(models) if identity.name == top)
        parts.append(f"without training mAP {scored[top]:.3f}: {other}")
    kind = "Best trained model" if trained else "Best model"
    return f"{kind} on {benchmark} in multilingual retrieval: {label}; {', '.join(parts)}"


def _read(
    models: Mapping[str, ScoredModel], scores: str | PathLike[str]
) -> dict[str, dict[tuple[str, str], list[float]]]:
    """Return the macro-averages in multilingual retrieval, by benchmark, then by model and measure.

    The seeds of a strategy go by the first one's name.
    """
    first: dict[str, str] = {}
    named = {_key(model.description): first.setdefault(group_of(model), name) for name, model in models.items()}
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
    texts: Iterable[object] = (row.get(name) for name in ("encoder", "training_set", "strategy", "debias", "variant"))
    numbers = (float(str(row[name])) if row[name] not in (None, "") else None for name in ("alpha", "seed"))
    return (*(text or "" for text in texts), *numbers)
