"""The best level of a curve's x axis: which, how sure, and what is equivalent to it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from equilingual.evaluation.bootstrap import PERCENTILES
from equilingual.evaluation.catalogue import MEASURES
from equilingual.evaluation.uncertainty import mean_over_seeds, resample_seeds, weighted_parts
from equilingual.studies.contrasts import Draws, Scores, estimate_of
from equilingual.studies.samples import Sample, sample_of

Point = Mapping[str, Any]


def points_of(figure: Mapping[str, Any], models: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what a curve or an interaction draws: ``series``, ``x`` and ``model`` each.

    A model without x is not drawn. One without a series belongs to every series.

    Args:
        figure: as ``study.json`` has it.
        models: as ``study.json`` has them.

    """
    if figure["x"] is None:
        return []
    placed = [
        (one["model"], _value(one, figure["x"]), _value(one, figure["series"]) if figure["series"] else None)
        for one in models
        if one["shown"] and one["model"] not in figure["reference"]
    ]
    placed = [one for one in placed if one[1] is not None]
    every = list(dict.fromkeys(series for _, _, series in placed if series is not None)) or [None]
    return [
        {"series": series, "x": x, "model": name}
        for series in every
        for name, x, own in placed
        if own is None or own == series
    ]


def _value(model: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 (a number, a word or nothing)
    return model["attributes"][name] if name in model["attributes"] else model.get(name)


def best_levels(
    panel: Mapping[str, str],
    points: Sequence[Point],
    scores: Scores,
    tags: Sequence[str] | None,
    *,
    tests: Mapping[str, Any],
    draws: Draws,
) -> Iterator[dict[str, Any]]:
    """Yield for each series of a curve its best level, in one panel.

    A level is the mean of its models. ``low`` and ``high`` are the 2.5th and 97.5th percentiles of the best level over
    resamples of questions and seeds; None with a single cluster. ``equivalent`` has the levels that two one-sided tests
    show to be equivalent to the best one, each by itself, and the best one; None without a margin.

    Args:
        panel: of the figure.
        points: of :func:`points_of`.
        scores: of the models, in the panel's setting.
        tags: the query languages of the panel; None for all.
        tests: ``measure``, ``margin`` (None for no test of equivalence) and ``alpha``.
        draws: how chance is drawn.

    """
    columns = scores.questions.columns(tags)
    clusters = scores.questions.size(columns)[1]
    own = {name: sample_of(scores.sums[name], scores.questions, columns) for name in {one["model"] for one in points}}
    for series in dict.fromkeys(one["series"] for one in points):
        weights = _levels([one for one in points if one["series"] == series])
        levels = sorted(weights)
        sign = -1.0 if MEASURES[tests["measure"]].better == "low" else 1.0
        found = [_level(weights[level], own, scores.seeds, draws.seed) for level in levels]
        best = int(np.argmax([sign * value for value, _ in found]))
        resampled = sign * np.stack([means for _, means in found], axis=1)
        drawn = resampled[np.isfinite(resampled).all(axis=1)]
        low = high = None
        if clusters > 1 and len(drawn):
            chosen = np.array(levels)[np.argmax(drawn, axis=1)]
            low, high = map(float, np.percentile(chosen, PERCENTILES, method="closest_observation"))
        alike = [levels[best]]
        for level in levels if tests["margin"] is not None else ():
            difference = _difference(weights[level], weights[levels[best]])
            estimate = estimate_of(difference, own, scores.seeds, clusters=clusters, draws=draws)
            p = estimate.p_equivalent(tests["margin"]) if level != levels[best] else None
            alike += [level] if p is not None and p <= tests["alpha"] else []
        yield {
            **{"series": series, "panel": panel["panel"], "x": levels[best], "low": low, "high": high},
            "equivalent": sorted(alike) if tests["margin"] is not None else None,
        }


def _levels(points: Sequence[Point]) -> dict[float, dict[str, float]]:
    """Return by level the weights of its models, which add up to 1."""
    members: dict[float, list[str]] = {}
    for one in points:
        members.setdefault(one["x"], []).append(one["model"])
    return {level: dict.fromkeys(names, 1 / len(names)) for level, names in members.items()}


def _level(
    weights: Mapping[str, float], samples: Mapping[str, Sample], seeds: Mapping[str, tuple[int, ...]], seed: int
) -> tuple[float, np.ndarray]:
    """Return the value of a level, and in each resample."""
    values = weighted_parts(weights, seeds, {name: samples[name].values for name in weights})
    means = weighted_parts(weights, seeds, {name: samples[name].means for name in weights})
    return float(mean_over_seeds(values)), resample_seeds(means, seed=seed)


def _difference(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    weights = dict(one)
    for name, weight in other.items():
        weights[name] = weights.get(name, 0.0) - weight
    return weights
