"""Answer a study's question from its models' ranks: the stage ``analyse_study``.

in:  ``results/ranks/{model}/{benchmark}.parquet`` of the study's models
     ``results/models.json``, for the labels
out: ``results/studies/{study}/study.json``, all of it (``docs/studies.md`` has its format);
     ``values.csv`` beside it, a score of each model and seed per row; ``contrasts.csv``, a contrast per row
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from equilingual.config.study_settings import ALL, StudySettings
from equilingual.evaluation.bootstrap import PERCENTILES
from equilingual.evaluation.comparisons import ComparisonError
from equilingual.evaluation.identities import Identity, read_identities
from equilingual.evaluation.significance import holm
from equilingual.evaluation.two_levels import draw_seeds, two_level_interval, uncertainty_of
from equilingual.files import damaged, write_json, writing_text
from equilingual.studies.best import best_levels, points_of
from equilingual.studies.contrasts import Draws, Scores, estimate_contrast, outcome_of
from equilingual.studies.earlier import declaration_of, earlier_analyses, remember
from equilingual.studies.samples import Place, Questions, Reader, Sample, Sums, sample_of
from equilingual.studies.sentences import answer_of, sentence_of

FORMAT = 1
VALUES = ("model", "seed", "benchmark", "setting", "measure", "languages", "value")
CONTRASTS = (
    *("name", "primary", "models", "benchmark", "setting", "measure", "languages", "minus", "candidates", "unit"),
    *("estimate", "low", "high", "p", "p_corrected", "family", "margin", "p_equivalent", "p_equivalent_corrected"),
    *("standard_error", "degrees_of_freedom", "outcome", "seeds", "questions", "clusters", "units", "sentence"),
)


@dataclass
class _Scored:
    """What all models have, by benchmark, setting, group of candidate languages and measure."""

    questions: dict[tuple[str, str, str, str], Questions] = field(default_factory=dict)
    sums: dict[tuple[str, str, str, str], dict[str, list[Sums]]] = field(default_factory=dict)
    seeds: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def has(self, benchmark: str, setting: str, measure: str) -> bool:
        """Return whether a measure is defined in a setting."""
        return (benchmark, setting, ALL, measure) in self.sums

    def of(self, benchmark: str, setting: str, measure: str, candidates: str = ALL) -> Scores:
        """Return what the models have in one setting, by one measure.

        Raises:
            ComparisonError: it is not defined there.

        """
        place = (benchmark, setting, candidates, measure)
        if place not in self.sums:
            raise ComparisonError(f"{benchmark} has no {measure} in {setting} retrieval; the study needs it")
        return Scores(self.questions[place], self.sums[place], self.seeds)


def analyse_study(
    *,
    study: StudySettings,
    models: Sequence[Mapping[str, Any]],
    places: Sequence[tuple[str, str, str]],
    figure: Mapping[str, Any],
    ranks: Mapping[tuple[str, str], Place],
    identities: Place,
    alpha: float,
    draws: Draws,
    out: Place,
) -> None:
    """Work out a study's contrasts, means and best levels.

    Args:
        study: what is asked.
        models: of :attr:`equilingual.config.study.StudyModel.described`.
        places: the (benchmark, setting, measure) that values are worked out for.
        figure: its keys, with the benchmark, the setting and the measure that it shows, and its ``shown`` panels.
        ranks: the file of each scored model and benchmark.
        identities: ``results/models.json``.
        alpha: the highest corrected p at which a difference, or equivalence, counts as shown.
        draws: how chance is drawn; the draws depend on it and on the benchmarks' questions alone.
        out: ``study.json``; the two tables go beside it.

    Raises:
        ComparisonError: models were not asked the same questions, or a measure is not defined for them.
        DamagedFileError: ``identities`` does not have a model of the study, as that of another configuration may not.

    """
    known = {identity.group: identity for identity in read_identities(identities)}
    missing = [model["model"] for model in models if model["model"] not in known]
    if missing:
        raise damaged(identities, f"it does not have a model of the study: {missing[0]}")
    described = [_described(model, known[model["model"]]) for model in models]
    scored = _read(study, models, places, ranks, draws)
    contrasts, declared = _contrasts(study, scored, draws, alpha), declaration_of(study, described, alpha)
    shown = [one for one in figure["shown"] if scored.has(one["benchmark"], one["setting"], figure["measure"])]
    figure = {**figure, "shown": shown, "points": points_of(figure, described)}
    values = list(_values(study, places, scored))
    answer = answer_of(next(one for one in contrasts if one["primary"]))
    folder = Path(out).parent
    record = {
        **{"format": FORMAT, "name": study.name, "question": study.question, "hypothesis": study.hypothesis},
        "answer": answer,
        "earlier": earlier_analyses(folder, declared),
        **{"margin": study.margins, "alpha": alpha, "family": len(contrasts)},
        "languages": {name: list(tags) for name, tags in study.languages.items()},
        **{"contrasts": contrasts, "models": described},
        "values": values,
        "means": list(_means(study, places, scored, draws)),
        "best": list(_best(study, figure, scored, draws, alpha)),
        "figure": figure,
    }
    write_json(record, out)
    remember(folder, declared, answer)
    _write_rows(folder / "values.csv", VALUES, values)
    _write_rows(folder / "contrasts.csv", CONTRASTS, [_as_row(one, len(contrasts)) for one in contrasts])


def _described(model: Mapping[str, Any], known: Identity) -> dict[str, Any]:
    """Return a model as the record has it."""
    return {
        **{"model": model["model"], "label": known.label, "kind": known.kind, "encoder": known.encoder},
        **{"training_set": known.training_set, "strategy": known.strategy, "alpha": known.alpha},
        **{key: model[key] for key in ("mix", "variant")},
        "debias": known.debias,
        **{key: model[key] for key in ("seeds", "attributes", "shown")},
    }


def _read(
    study: StudySettings,
    models: Sequence[Mapping[str, Any]],
    places: Sequence[tuple[str, str, str]],
    ranks: Mapping[tuple[str, str], Place],
    draws: Draws,
) -> _Scored:
    scored = _Scored(seeds={model["model"]: tuple(model["seeds"]) for model in models})
    asked = [(benchmark, setting, ALL, measure) for benchmark, setting, measure in places]
    asked += [(one.benchmark, one.setting, one.candidates, one.measure) for one in study.contrasts if one.candidates]
    for benchmark in dict.fromkeys(benchmark for benchmark, *_ in asked):
        wanted: dict[tuple[str, str], list[str]] = {}
        for _, setting, pools, measure in dict.fromkeys(one for one in asked if one[0] == benchmark):
            wanted.setdefault((setting, pools), []).append(measure)
        reader = Reader(resamples=draws.resamples, seed=draws.seed, languages=study.languages)
        for model in models:
            for member in model["members"]:
                for place, sums in reader.read(member, ranks[member, benchmark], wanted).items():
                    here = scored.sums.setdefault((benchmark, *place), {})
                    here.setdefault(model["model"], []).append(sums)
        scored.questions |= {(benchmark, *place): found for place, found in reader.questions.items()}
    for (benchmark, setting, _, measure), found in scored.sums.items():
        for model in models:
            if len(found.get(model["model"], ())) < len(model["members"]):
                raise ComparisonError(
                    f"{model['model']} has no {measure} in {setting} retrieval on {benchmark}, and other models have: "
                    "delete its ranks and run again"
                )
    return scored


def _contrasts(study: StudySettings, scored: _Scored, draws: Draws, alpha: float) -> list[dict[str, Any]]:
    """Return the contrasts, corrected as one family; the tests of equivalence are a family of their own."""
    rows: list[dict[str, Any]] = []
    for asked in study.contrasts:
        scores = scored.of(asked.benchmark, asked.setting, asked.measure, asked.candidates or ALL)
        found, size = estimate_contrast(asked, scores, study.languages, draws)
        margin = study.margins.get(asked.measure)
        error = found.uncertainty
        rows.append(
            {
                **asked.model_dump(include={"name", "primary", "models", "benchmark", "setting", "measure"}),
                **asked.model_dump(include={"languages", "minus", "candidates", "unit"}),
                **{"estimate": found.estimate, "low": found.low, "high": found.high},
                **{"p": found.p, "p_corrected": None, "margin": margin},
                **{"p_equivalent": found.p_equivalent(margin), "p_equivalent_corrected": None},
                "standard_error": None if error is None else error.standard_error,
                "degrees_of_freedom": None if error is None else error.degrees_of_freedom,
                **{"outcome": None, **size, "units": found.units, "sentence": None},
            }
        )
    for key in ("p", "p_equivalent"):
        tested = [row for row in rows if row[key] is not None]
        for row, p in zip(tested, holm(np.array([row[key] for row in tested])).tolist(), strict=True):
            row[f"{key}_corrected"] = p
    for row in rows:
        row["outcome"] = outcome_of(row, alpha=alpha)
        row["sentence"] = sentence_of(row, alpha=alpha)
    return rows


def _samples(
    study: StudySettings, places: Sequence[tuple[str, str, str]], scored: _Scored
) -> Iterator[tuple[dict[str, str], Sample, Scores, int]]:
    """Yield each model's sample in all query languages, in each named group, and in each language.

    With its columns, the scores that it is of, and the number of its clusters.
    """
    for benchmark, setting, measure in (place for place in places if scored.has(*place)):
        scores = scored.of(benchmark, setting, measure)
        questions = scores.questions
        wanted = {ALL: questions.columns(None)}
        wanted |= {name: questions.columns(tags) for name, tags in study.languages.items()}
        wanted |= {tag: [number] for number, tag in enumerate(questions.languages)}
        sizes = {name: questions.size(columns)[1] for name, columns in wanted.items() if columns}
        for model, sums in scores.sums.items():
            for name, clusters in sizes.items():
                about = {"model": model, "benchmark": benchmark, "setting": setting, "measure": measure}
                yield {**about, "languages": name}, sample_of(sums, questions, wanted[name]), scores, clusters


def _values(study: StudySettings, places: Sequence[tuple[str, str, str]], scored: _Scored) -> Iterator[dict[str, Any]]:
    for about, sample, scores, _ in _samples(study, places, scored):
        for seed, value in zip(scores.seeds[about["model"]] or (None,), sample.values.tolist(), strict=True):
            yield {"model": about["model"], "seed": seed, **about, "value": value}


def _means(
    study: StudySettings, places: Sequence[tuple[str, str, str]], scored: _Scored, draws: Draws
) -> Iterator[dict[str, Any]]:
    for about, sample, scores, clusters in _samples(study, places, scored):
        low, high = interval_of(sample, clusters, draws)
        value = float(sample.values.mean())
        yield {**about, "value": value, "low": low, "high": high, "seeds": len(scores.seeds[about["model"]]) or None}


def interval_of(sample: Sample, clusters: int, draws: Draws) -> tuple[float | None, float | None]:
    """Return the 95% interval of a mean over seeds: over questions and seeds, over questions alone for one seed.

    It is that of ``results/intervals-over-seeds/``, or of ``results/intervals/`` for one seed. One cluster has none.
    """
    drawn = np.isfinite(sample.means).all(axis=1)
    means = sample.means[drawn]
    if clusters < 2 or len(means) < 2:
        return None, None
    if len(sample.values) > 1:
        seeds = draw_seeds(len(sample.values), resamples=len(drawn), seed=draws.seed)[drawn]
        uncertainty = uncertainty_of(sample.values, means, clusters)
        if uncertainty is not None:
            return two_level_interval(sample.values, means, seeds, uncertainty)
    low, high = map(float, np.percentile(means[:, 0], PERCENTILES))
    return low, high


def _best(
    study: StudySettings, figure: Mapping[str, Any], scored: _Scored, draws: Draws, alpha: float
) -> Iterator[dict[str, Any]]:
    if figure["kind"] != "curve":
        return
    tests = {"measure": figure["measure"], "margin": study.margins.get(figure["measure"]), "alpha": alpha}
    for panel in figure["shown"]:
        scores = scored.of(panel["benchmark"], panel["setting"], figure["measure"])
        tags = None if panel["languages"] == ALL else study.languages[panel["languages"]]
        yield from best_levels(panel, figure["points"], scores, tags, tests=tests, draws=draws)


def _as_row(contrast: Mapping[str, Any], family: int) -> dict[str, Any]:
    """Return a contrast as a line of the table: the models with their weights are one text."""
    models = "; ".join(f"{weight:g} {name}" for name, weight in contrast["models"].items())
    return {**contrast, "models": models, "family": family}


def _write_rows(out: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a CSV; values are exact (the shortest text that reads back), what is missing is empty."""
    with writing_text(out) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([["" if row[name] is None else row[name] for name in columns] for row in rows])
