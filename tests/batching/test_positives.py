"""Further positives: the pair's own passage in other languages, drawn by weight and without replacement."""

from itertools import permutations

import numpy as np
import pytest
from batching_sets import numbered, plan
from scipy.stats import chisquare

from equilingual.batching.positives import draw_positives


def drawn(pairs, further, weights=None, seed=1, **asked):
    """Return a plan and the languages of its further positives."""
    planned = plan(pairs, "hybrid", 0.5, **{"batches": 100} | asked)
    languages = len(pairs.languages)
    weights = np.full(languages, 1 / languages) if weights is None else np.array(weights)
    return planned, draw_positives(pairs, planned, further, weights, np.random.default_rng(seed))


def test_they_are_in_languages_of_the_pair_other_than_the_passage_s_each_once():
    rng = np.random.default_rng(3)
    available = rng.random((60, 5)) < 0.6
    available[:, 0] = True
    available[:40, :4] = True
    planned, found = drawn(numbered(available), 3, batch_size=6)
    for pair, passage, own in zip(
        planned.pairs.ravel(), planned.passage_languages.ravel(), found.reshape(-1, 3).tolist(), strict=True
    ):
        others = [language for language in np.flatnonzero(available[pair]).tolist() if language != passage]
        assert own[len(others) :] == [-1] * max(3 - len(others), 0)
        kept = own[: len(others)]
        assert -1 not in kept
        assert len(set(kept)) == len(kept)
        assert set(kept) <= set(others)


def test_more_than_there_are_languages_are_none():
    _, found = drawn(numbered(np.ones((20, 3))), 4)
    assert (found[:, :, 2:] == -1).all()
    assert (found[:, :, :2] >= 0).all()


def test_they_are_drawn_one_by_one_by_the_weights_of_those_that_are_left():
    """Of a passage in language 0, with weights 3, 2 and 1 of the others."""
    weights = [0.4, 0.3, 0.2, 0.1]
    planned, found = drawn(numbered(np.ones((60, 4))), 2, weights, batches=1500)
    own = found[planned.passage_languages == 0]
    counts, wanted = [], []
    for first, second in permutations((1, 2, 3), 2):
        counts.append(int(((own[:, 0] == first) & (own[:, 1] == second)).sum()))
        wanted.append(weights[first] / 0.6 * weights[second] / (0.6 - weights[first]))
    assert sum(wanted) == pytest.approx(1)
    assert sum(counts) == len(own) > 2000
    assert chisquare(counts, np.array(wanted) * len(own)).pvalue > 0.001


def test_a_language_without_a_weight_is_never_drawn():
    _, found = drawn(numbered(np.ones((20, 3))), 2, [0.5, 0.5, 0.0])
    assert set(np.unique(found)) == {-1, 0, 1}


def test_the_seed_decides():
    pairs = numbered(np.ones((20, 4)))
    first, again, other = (drawn(pairs, 2, seed=seed)[1] for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
