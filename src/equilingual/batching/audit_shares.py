"""The audit of what batches are tested against: the probabilities of languages and corpora, from the configuration.

A manifest says by which probabilities its batches were drawn. They are worked out here once more, from the strategy,
the weights and which languages the pairs have.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from equilingual.batching.alpha import sampling_weights
from equilingual.batching.chances import share_matrix
from equilingual.batching.pairs import load_pairs
from equilingual.config.batch_settings import BatchSettings, StrategySettings
from equilingual.training_sets import TrainingSetFiles

_KNOWN = ("mono", "cross", "hybrid", "mixed-mono", "english")
_LEAST = 1e-9  # two probabilities that differ by less are the same


def share_disagreements(
    summary: Mapping[str, Any],
    training_set: TrainingSetFiles,
    strategy: StrategySettings,
    settings: BatchSettings,
) -> Iterator[str]:
    """Yield where the probabilities of a manifest are not those of the configuration.

    Round-robin batches draw no languages: theirs follow from the pairs. Only the planner of a strategy of your own
    knows its probabilities. Neither is looked at.

    Args:
        summary: the manifest's; its ``alpha`` is that of the configuration.
        training_set: its files. They are read where weights go by numbers of pairs, or where the manifest says that
            no pair has two languages together.
        strategy: that was asked for.
        settings: the batches' settings.

    """
    yield from _corpus_disagreements(summary, settings)
    if strategy.name not in _KNOWN:
        return
    names = list(training_set.languages)
    for mode, rows in summary["shared_draw"].items():
        if rows != (asked := settings.batch_size if mode == "mono" else 1):
            yield f"the manifest has one draw of languages for {rows} rows of {mode} batches, and {asked} is right"
    claimed = {mode: share_matrix(shares, names) for mode, shares in summary["expected"].items()}
    weights, together = _drawn_from(training_set, settings, claimed)
    expected = expected_shares(strategy, names, weights, together, alpha=summary["alpha"])
    for mode in dict.fromkeys([*claimed, *expected]):
        nothing = np.zeros((len(names), len(names)))
        said, right = claimed.get(mode, nothing), expected.get(mode, nothing)
        query, passage = np.unravel_index(np.abs(said - right).argmax(), said.shape)
        if abs(said[query, passage] - right[query, passage]) > _LEAST:
            yield (
                f"the manifest gives a query in {names[query]} with a passage in {names[passage]} a probability of "
                f"{said[query, passage]:.4g} in {mode} batches, the configuration {right[query, passage]:.4g}"
            )


def expected_shares(
    strategy: StrategySettings, names: list[str], weights: np.ndarray, together: np.ndarray, *, alpha: float
) -> dict[str, np.ndarray]:
    """Return the probability of every query and passage language in a draw, by mode, float64 [languages, languages].

    Args:
        strategy: one whose draws are known here.
        names: the languages.
        weights: float64 [languages], which add up to 1.
        together: bool [languages, languages], whether some pair has both.
        alpha: the mean α.

    """
    one = np.diag(weights)
    two = np.outer(weights, weights) * (together & ~np.eye(len(names), dtype=bool))
    two = two / two.sum() if two.any() else two
    if strategy.name == "english":
        return {"mono": np.diag([float(name == "en") for name in names])}
    if strategy.name == "mixed-mono":
        return {"mixed": one}
    if strategy.by_pair:
        return {"mixed": alpha * one + (1 - alpha) * two}
    return {"mono": one, "cross": two}


def _drawn_from(
    training_set: TrainingSetFiles, settings: BatchSettings, claimed: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability of each language, and which languages some pair has together."""
    names, sampling = list(training_set.languages), settings.languages
    count = len(names)
    by_size = sampling is not None and sampling.weights is None
    weights = sampling_weights(sampling, names, np.ones(count, dtype=np.int64))
    two = np.outer(weights, weights) > 0 if weights is not None else np.ones((count, count), dtype=bool)
    np.fill_diagonal(two, val=False)
    together: np.ndarray = np.ones((count, count), dtype=bool)
    if by_size or any(mode != "mono" and not shares[two].all() for mode, shares in claimed.items()):
        pairs = load_pairs(training_set)
        together = np.asarray(pairs.together.any(axis=0))
        weights = sampling_weights(sampling, names, pairs.available.sum(axis=0))
    return np.full(count, 1 / count) if weights is None else weights, together


def _corpus_disagreements(summary: Mapping[str, Any], settings: BatchSettings) -> Iterator[str]:
    """Yield where a corpus has another weight than was asked for."""
    corpora = summary["corpora"]
    asked = sampling_weights(settings.corpora, list(corpora), np.array([entry["pairs"] for entry in corpora.values()]))
    for number, (name, entry) in enumerate(corpora.items()):
        right = None if asked is None else float(asked[number])
        said = entry["weight"]
        if (said is None) != (right is None) or (said is not None and abs(said - right) > _LEAST):
            yield f"the manifest gives the corpus {name} the weight {said}, the configuration {right}"
