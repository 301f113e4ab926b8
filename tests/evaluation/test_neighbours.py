"""Mutual nearest neighbours and hubs: by hand, against scikit-learn and SciPy, and in blocks."""

import numpy as np
import pytest
from scipy import stats
from sklearn.neighbors import NearestNeighbors

from equilingual.evaluation import neighbours
from equilingual.evaluation.neighbours import mutual_neighbours, skewness, times_listed

NONE = np.array([[-1], [-1], [-1]])


def directions(*degrees):
    return np.array([(np.cos(np.radians(one)), np.sin(np.radians(one))) for one in degrees], dtype=np.float32)


def test_a_hub_is_mutual_with_one_of_those_that_it_is_nearest_to():
    # The candidate at 0° is nearest to the queries at 10° and 20°, and the one at 90° to that at 80°.
    queries, candidates = directions(10, 20, 80), directions(0, 90)
    first = np.array([0, 0, 1])
    assert mutual_neighbours(queries, candidates, first, NONE, NONE).tolist() == [True, False, True]


def test_two_questions_with_one_answer_both_find_it():
    queries, candidates, first = directions(10, 20, 80), directions(0, 90), np.array([0, 0, 1])
    relevant = np.array([[0], [0], [1]])
    assert mutual_neighbours(queries, candidates, first, relevant, NONE).tolist() == [True, True, True]
    # It answers the nearest of the two alone, or the other alone: they do not find each other by an answer.
    for relevant in ([[0], [1], [1]], [[1], [0], [1]]):
        found = mutual_neighbours(queries, candidates, first, np.array(relevant), NONE)
        assert found.tolist() == [True, False, True]


def test_a_query_is_not_the_nearest_to_its_own_text():
    queries, candidates, first = directions(10, 20, 80), directions(0, 90), np.array([0, 0, 1])
    own = np.array([[-1, -1], [-1, -1], [-1, -1]])
    assert mutual_neighbours(queries, candidates, first, NONE, own).tolist() == [True, False, True]
    # The query at 10° is the text at 0° itself, and has another one first.
    own, first = np.array([[-1, 0], [-1, -1], [-1, -1]]), np.array([1, 0, 1])
    assert mutual_neighbours(queries, candidates, first, NONE, own).tolist() == [False, True, True]


def test_equal_queries_are_mutual_alike():
    queries, candidates = directions(10, 10, 80), directions(0, 90)
    assert mutual_neighbours(queries, candidates, np.array([0, 0, 1]), NONE, NONE).all()


@pytest.mark.parametrize(("asked", "at_once"), [(4096, 4096), (7, 5), (1, 1)])
def test_mutual_neighbours_are_those_of_scikit_learn_in_blocks_of_any_size(asked, at_once, monkeypatch):
    monkeypatch.setattr(neighbours, "_QUERIES", asked)
    monkeypatch.setattr(neighbours, "_CANDIDATES", at_once)
    rng = np.random.default_rng(3)
    queries, candidates = (rng.normal(size=(count, 6)).astype(np.float32) for count in (60, 40))
    for vectors in (queries, candidates):
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    nearest = NearestNeighbors(n_neighbors=1, metric="cosine")
    first = nearest.fit(candidates).kneighbors(queries, return_distance=False)[:, 0]
    back = nearest.fit(queries).kneighbors(candidates, return_distance=False)[:, 0]
    expected = back[first] == np.arange(60)
    none = np.full((60, 1), -1)
    found = mutual_neighbours(queries, candidates, first, none, none)
    assert found.tolist() == expected.tolist()
    assert 10 < expected.sum() < 40
    # Each query has two answers, one of them the candidate that every second query has first.
    relevant = np.stack([np.where(np.arange(60) % 2, first, 0), rng.integers(40, size=60)], axis=1)
    by_answer = [first[row] in relevant[row] and first[row] in relevant[back[first[row]]] for row in range(60)]
    found = mutual_neighbours(queries, candidates, first, relevant, none)
    assert found.tolist() == (expected | by_answer).tolist()
    assert expected.sum() < found.sum() < 60
    # Each query leaves out the candidate that it is the nearest to, unless it is the query's own nearest.
    own = np.full((60, 1), -1)
    own[back, 0] = np.where(first[back] == np.arange(40), -1, np.arange(40))
    scores = queries @ candidates.T
    scores[np.flatnonzero(own >= 0), own[own >= 0]] = -np.inf
    back = scores.argmax(axis=0)
    found = mutual_neighbours(queries, candidates, first, none, own)
    assert found.tolist() == (back[first] == np.arange(60)).tolist()
    assert found.sum() > expected.sum()


def test_how_many_lists_a_candidate_is_in():
    tops = np.array([[2, 0, 1], [2, 3, 0], [2, -1, -1], [-1, -1, -1]])
    assert times_listed(tops, 5, 2).tolist() == [1, 0, 3, 1, 0]
    assert times_listed(tops, 5, 3).tolist() == [2, 1, 3, 1, 0]


def test_skewness_by_hand_and_as_scipy_has_it():
    # 0, 0, 0, 4: mean 1, σ² = (3·1 + 9)/4 = 3, third moment (3·(-1) + 27)/4 = 6
    assert skewness(np.array([0, 0, 0, 4])) == pytest.approx(6 / 3**1.5)
    counts = np.random.default_rng(1).poisson(2, size=500) ** 2
    assert skewness(counts) == pytest.approx(stats.skew(counts))
    assert np.isnan(skewness(np.array([3, 3, 3])))
