"""Paired tests between models on the same questions: the stages ``compare_models`` and ``collect_comparisons``.

in:  ``results/ranks/{model}/{benchmark}.parquet`` of every model that is compared
     ``results/models.json``, for the labels
out: ``results/comparisons/{benchmark}.parquet``, one row per setting × measure × pair, p not yet corrected;
     ``results/comparisons.csv``, all rows of all benchmarks, p corrected for all of them by Holm, with exactly the
     columns of :data:`COLUMNS`

The value of a question is averaged over its query languages (cross-lingual: over the ordered pairs of languages). A
difference has to stand with other questions, whole clusters of them, and where a model has several seeds also with
other seeds: as in a study, whose contrasts are estimated by the same functions.
"""

import csv
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np
import pyarrow as pa

from equilingual.evaluation.bootstrap import draw_clusters, resampled_means
from equilingual.evaluation.catalogue import MEASURES
from equilingual.evaluation.equivalence import equivalence_columns
from equilingual.evaluation.groups import Group, read_groups
from equilingual.evaluation.identities import read_identities
from equilingual.evaluation.significance import (
    clustered_intervals,
    effect_sizes,
    holm,
    permutation_p,
    question_shares,
)
from equilingual.evaluation.uncertainty import Spread, spread_of
from equilingual.evaluation.verdicts import outcome_of, verdict_of
from equilingual.files import writing_text
from equilingual.parquet import read_table, write_parquet
from equilingual.seeding import generator

Place = str | PathLike[str]
Asked = Mapping[tuple[str, str], frozenset[str]]  # questions by query language and pool

COMPARISON_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("benchmark", "setting", "measure", "model_a", "model_b")]
    + [(name, pa.int64()) for name in ("seeds_a", "seeds_b", "questions", "clusters")]
    + [(name, pa.float64()) for name in ("value_a", "value_b", "difference", "low", "high", "p", "effect_size")]
    + [(name, pa.float64()) for name in ("wins", "losses", "ties", "seed_sd_a", "seed_sd_b")]
    + [(name, pa.float64()) for name in ("low_over_seeds", "high_over_seeds", "standard_error", "degrees_of_freedom")]
)
# The public contract of results/comparisons.csv.
COLUMNS = [
    *("benchmark", "setting", "measure", "model_a", "model_b", "seeds_a", "seeds_b", "questions", "clusters"),
    *("value_a", "value_b", "difference", "low", "high", "p", "p_corrected", "family", "effect_size"),
    *("wins", "losses", "ties", "seed_sd_a", "seed_sd_b", "verdict"),
    *("low_over_seeds", "high_over_seeds", "standard_error", "degrees_of_freedom"),
    *("margin", "p_equivalent", "p_equivalent_corrected", "outcome"),
]

_log = logging.getLogger(__name__)


class ComparisonError(ValueError):
    """Two models were not asked the same questions; the message says which, and what to do."""


@dataclass(frozen=True)
class Questions:
    """The questions of some groups, which are of one setting.

    Attributes:
        asked: of each query language and pool.
        clusters: the cluster of each question; questions are in the order of their ids.
        where: the number of the question of each row of the groups.

    """

    asked: dict[tuple[str, str], frozenset[str]]
    clusters: list[str]
    where: np.ndarray


@dataclass(frozen=True)
class Sheet:
    """What one model has of some questions by one measure: ``values`` are float64 [questions]."""

    questions: Questions
    values: np.ndarray


def questions_of(groups: Sequence[Group]) -> Questions:
    """Return the questions of groups of one setting."""
    cluster_of = {
        question: cluster for group in groups for question, cluster in zip(group.query_ids, group.clusters, strict=True)
    }
    questions = sorted(cluster_of)
    position = {question: number for number, question in enumerate(questions)}
    where = np.array([position[question] for group in groups for question in group.query_ids])
    asked = {(group.query_language, group.pool): frozenset(group.query_ids) for group in groups}
    return Questions(asked, [cluster_of[question] for question in questions], where)


def question_values(groups: Sequence[Group], where: np.ndarray, measure: str) -> np.ndarray:
    """Return the value of each question by a measure that is ``tested``: the mean over the groups that have it."""
    sums = np.bincount(where, weights=np.concatenate([values_by(measure, group) for group in groups]))
    values: np.ndarray = sums / np.bincount(where)
    return values


def values_by(name: str, group: Group) -> np.ndarray:
    """Return the value of each query of a group by a measure that is ``tested``."""
    of = MEASURES[name].of
    if of is None:
        raise ValueError(f"{name} has no value for each query, so models cannot be compared by it")
    return group.values(of)


def read_sheets(ranks: Place, settings: Sequence[str], wanted: Sequence[str]) -> dict[tuple[str, str], Sheet]:
    """Return a model's sheets by setting and measure, in this order.

    There is none of a setting in which the model was not asked. Questions of languages and pools in which a measure is
    not taken, such as log rank distance with answers in one language, are not in its sheet.
    """
    groups = read_groups(ranks)
    known: dict[tuple[int, ...], Questions] = {}  # measures that are taken in the same groups share their questions
    sheets = {}
    for setting in settings:
        for measure in wanted:
            numbers = [n for n, one in enumerate(groups) if one.setting == setting and MEASURES[measure].is_taken(one)]
            if not numbers:
                continue
            taken = [groups[number] for number in numbers]
            questions = known.get(tuple(numbers)) or questions_of(taken)
            known[tuple(numbers)] = questions
            sheets[setting, measure] = Sheet(questions, question_values(taken, questions.where, measure))
    return sheets


def check_same(setting: str, first: tuple[str, Asked], other: tuple[str, Asked]) -> None:
    """Refuse a model that was not asked the same questions in the same languages as the first one.

    Args:
        setting: of the questions.
        first: a model, and the questions that it was asked by query language and pool.
        other: another one.

    Raises:
        ComparisonError: with the two, one question that only one of them has, and where.

    """
    for place in sorted({*first[1], *other[1]}):
        ours, theirs = (asked.get(place, frozenset()) for _, asked in (first, other))
        if ours != theirs:
            lacking, having = (first[0], other[0]) if theirs - ours else (other[0], first[0])
            raise ComparisonError(
                f"{setting}: {lacking} has no rank for the question {min(theirs - ours or ours - theirs)!r} asked in "
                f"{place[0]} in the pool {place[1]}, {having} has ({len(ours ^ theirs)} questions differ there). "
                "Models are compared on the same questions: delete the ranks that are out of date and run again"
            )


@dataclass(frozen=True)
class Answers:
    """What all seeds of a model have of the questions of one setting, by one measure.

    Attributes:
        model: its name, without a seed.
        seeds: in the order of the values; none where it has none.
        values: float64 [seeds, questions].

    """

    model: str
    seeds: tuple[int, ...]
    values: np.ndarray


def compare_models(
    *,
    benchmark: str,
    ranks: Mapping[str, Place],
    members: Mapping[str, Sequence[str]],
    seeds: Mapping[str, Sequence[int]],
    pairs: Mapping[str, Sequence[tuple[str, str]]],
    measures: Sequence[str],
    permutations: int,
    resamples: int,
    seed: int,
    out: Place,
) -> None:
    """Test every pair of models on one benchmark.

    A setting that the benchmark or one of the two models lacks is left out, and the log says so. The draws depend
    on ``seed``, the benchmark's questions and ``permutations`` alone.

    Args:
        benchmark: its name.
        ranks: the file of each scored model.
        members: the scored models behind each model's name, one per seed.
        seeds: of each model, in the order of its members; none of one that has none.
        pairs: by setting in which to compare, names of ``members``; the difference is the first's value less the
            second's.
        measures: names of measures that are ``tested``.
        permutations: number of sign permutations.
        resamples: of the intervals.
        seed: of both.
        out: the table, in the order of the settings, the measures and the pairs.

    Raises:
        ComparisonError: models were not asked the same questions in a setting.

    """
    clusters, values = _values_of(ranks, list(pairs), measures)
    rows: list[dict[str, object]] = []
    draws = {"permutations": permutations, "resamples": resamples, "seed": seed}
    asked = {setting for setting, _ in clusters}
    for (setting, measure), found in values.items():
        answers = {
            model: Answers(model, tuple(seeds[model]), np.stack([found[name] for name in names]))
            for model, names in members.items()
            if set(names) <= set(found)
        }
        here = [(answers[a], answers[b]) for a, b in pairs[setting] if a in answers and b in answers]
        # A measure that no model has in a setting in which they were asked is not defined there.
        if len(here) < len(pairs[setting]) and (found or setting not in asked):
            some = f"{len(here)} of {len(pairs[setting])} pairs were asked there"
            _log.warning("%s, %s, %s: %s", benchmark, setting, measure, some)
        if here:
            about = {"benchmark": benchmark, "setting": setting, "measure": measure}
            rows += [{**about, **row} for row in compare_answers(measure, here, clusters[setting, measure], **draws)]
    write_parquet(pa.Table.from_pylist(rows, schema=COMPARISON_SCHEMA), out)


def _values_of(
    ranks: Mapping[str, Place], settings: Sequence[str], measures: Sequence[str]
) -> tuple[dict[tuple[str, str], list[str]], dict[tuple[str, str], dict[str, np.ndarray]]]:
    """Return, by setting and measure, the cluster of each question, and the values of each scored model."""
    first: dict[tuple[str, str], tuple[str, Questions]] = {}
    values: dict[tuple[str, str], dict[str, np.ndarray]] = {
        (setting, measure): {} for setting in settings for measure in measures
    }
    for name, path in ranks.items():
        for place, sheet in read_sheets(path, settings, measures).items():
            other, expected = first.setdefault(place, (name, sheet.questions))
            check_same(place[0], (other, expected.asked), (name, sheet.questions.asked))
            values[place][name] = sheet.values
    return {place: questions.clusters for place, (_, questions) in first.items()}, values


def compare_answers(
    measure: str,
    pairs: Sequence[tuple[Answers, Answers]],
    clusters: Sequence[str],
    *,
    permutations: int,
    resamples: int,
    seed: int,
) -> list[dict[str, object]]:
    """Return a row of :data:`COMPARISON_SCHEMA`, but for its first three columns, for every pair.

    Args:
        measure: what the values are.
        pairs: of models that answered the same questions.
        clusters: the cluster of each question.
        permutations: number of sign permutations of clusters, the same ones for all comparisons.
        resamples: of clusters, the same ones for all.
        seed: of both.

    """
    differences = np.stack([a.values.mean(axis=0) - b.values.mean(axis=0) for a, b in pairs], axis=1)
    names, where = np.unique(np.array(clusters), return_inverse=True)
    shares = np.stack([np.bincount(where, weights=column) for column in differences.T], axis=1)
    draws = draw_clusters(len(names), resamples=resamples, seed=seed).astype(np.float64)
    low, high = clustered_intervals(differences, where, draws)
    p = permutation_p(shares, permutations=permutations, rng=generator(seed, "permutations"))
    models = {one.model: one for pair in pairs for one in pair}
    means = {name: resampled_means(one.values.T, where, draws) for name, one in models.items()}
    sizes = effect_sizes(differences)
    above, below, ties = question_shares(differences)
    rows: list[dict[str, object]] = []
    for number, (a, b) in enumerate(pairs):
        wins, losses = (below, above) if MEASURES[measure].better == "low" else (above, below)
        difference = float(differences[:, number].mean())
        spread = _spread(a, b, means, clusters=len(names), seed=seed)
        rows.append(
            {
                **{"model_a": a.model, "model_b": b.model},
                **{"seeds_a": len(a.seeds) or None, "seeds_b": len(b.seeds) or None},
                **{"questions": len(differences), "clusters": len(names)},
                **{"value_a": float(a.values.mean()), "value_b": float(b.values.mean()), "difference": difference},
                **{"low": float(low[number]), "high": float(high[number])},
                "p": spread.no_lower(float(p[number]), difference) if spread else float(p[number]),
                **{"effect_size": None if math.isnan(sizes[number]) else float(sizes[number])},
                **{"wins": float(wins[number]), "losses": float(losses[number]), "ties": float(ties[number])},
                **{"seed_sd_a": _seed_sd(a.values), "seed_sd_b": _seed_sd(b.values)},
                **_over_seeds(spread),
            }
        )
    return rows


def _spread(a: Answers, b: Answers, means: Mapping[str, np.ndarray], *, clusters: int, seed: int) -> Spread | None:
    """Return how certain the difference of two models is.

    Two models are paired by seed: a seed gives both the same order of pairs. A model without seeds is the same for
    every seed of the other.

    Args:
        a: a model.
        b: another one.
        means: by model, float [resamples, seeds].
        clusters: how many there are.
        seed: of the draws of seeds.

    """
    weights = {a.model: 1.0, b.model: -1.0}
    seeds = {one.model: one.seeds for one in (a, b)}
    values = {one.model: one.values.mean(axis=1) for one in (a, b)}
    return spread_of(weights, seeds, values, means, clusters=clusters, seed=seed)


def _over_seeds(spread: Spread | None) -> dict[str, float | None]:
    """Return the last columns of :data:`COMPARISON_SCHEMA`; no interval where each model has one seed or none."""
    ends = (spread.low, spread.high) if spread and spread.over_seeds else (None, None)
    return {
        **dict(zip(("low_over_seeds", "high_over_seeds"), ends, strict=True)),
        "standard_error": spread.uncertainty.standard_error if spread else None,
        "degrees_of_freedom": spread.uncertainty.degrees_of_freedom if spread else None,
    }


def _seed_sd(values: np.ndarray) -> float | None:
    """Return the standard deviation (n - 1) over seeds of their means; None for one seed: float [seeds, questions]."""
    return float(values.mean(axis=1).std(ddof=1)) if len(values) > 1 else None


def collect_comparisons(
    *,
    comparisons: Sequence[Place],
    models: Place,
    alpha: float,
    out: Place,
    margins: Mapping[str, float] | None = None,
) -> None:
    """Write all comparisons as one CSV, corrected as one family, with a verdict each.

    The tests of equivalence are a family of their own.

    Args:
        comparisons: the tables of the benchmarks, in the order of the rows.
        models: ``results/models.json``.
        alpha: the highest corrected p at which a difference, or equivalence, counts as shown.
        out: the CSV; values are exact (the shortest text that reads back), what is missing is empty.
        margins: by measure, below which a difference does not matter; a measure without one is not tested for
            equivalence.

    """
    labels = {model.group: model.label for model in read_identities(models)}
    rows = [row for path in comparisons for row in read_table(path, COMPARISON_SCHEMA.names).to_pylist()]
    corrected = holm(np.array([row["p"] for row in rows], dtype=np.float64))
    equivalence = equivalence_columns(rows, margins or {})
    with writing_text(out) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row, p, more in zip(rows, corrected.tolist(), equivalence, strict=True):
            full = {**row, "p_corrected": p, "family": len(rows), **more}
            full["outcome"] = outcome_of(full, alpha=alpha)
            full["verdict"] = verdict_of(full, labels, alpha=alpha)
            writer.writerow(["" if full[name] is None else full[name] for name in COLUMNS])
