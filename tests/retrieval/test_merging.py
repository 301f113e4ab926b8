"""Merged and fused scores, worked out by hand."""

import numpy as np
import pytest

from equilingual.retrieval.merging import (
    fuse_reciprocal_ranks,
    fuse_scores,
    merge_reciprocal_ranks,
    round_robin,
    standardize_languages,
)

OUT = -np.inf
# Candidates 0, 3 and 5 are in one language, 1 and 2 in another, 4 in a third.
LANGUAGES = np.array([0, 7, 7, 0, 2, 0])
SCORES = np.array([[0.5, 0.9, 0.7, 0.8, 0.1, 0.2], [0.3, 0.3, 0.3, 0.3, 0.3, 0.3]], dtype=np.float32)


def order(scores):
    return np.argsort(-scores, axis=1, kind="stable").tolist()


def test_z_scores_by_hand():
    # 0.5, 0.8, 0.2: mean 0.5, variance 0.06; 0.9, 0.7: mean 0.8, deviation 0.1; alone: 0
    three = 0.3 / 0.06**0.5
    found = standardize_languages(SCORES, LANGUAGES)
    assert found.dtype == np.float32
    assert found[0] == pytest.approx([0, 1, -1, three, 0, -three], abs=1e-5)
    assert found[1].tolist() == [0, 0, 0, 0, 0, 0]


def test_a_candidate_that_is_left_out_does_not_count_for_the_others_z_scores():
    scores = np.array([[0.5, 0.9, 0.7, 0.8, OUT, OUT]], dtype=np.float32)
    assert standardize_languages(scores, LANGUAGES)[0] == pytest.approx([-1, 1, -1, 1, OUT, OUT], abs=1e-5)


def test_equal_scores_that_no_float_is_the_mean_of_have_z_score_0():
    scores = np.full((1, 3), 0.1, dtype=np.float64)
    assert standardize_languages(scores, np.zeros(3, dtype=int)).tolist() == [[0, 0, 0]]


def test_round_robin_by_hand():
    # First round: 1 (0.9), 3 (0.8), 4 (0.1); second: 2 (0.7), 0 (0.5); third: 5. All alike: by rows within a round.
    found = round_robin(SCORES, LANGUAGES)
    assert found.dtype == np.float32
    assert order(found) == [[1, 3, 4, 2, 0, 5], [0, 1, 4, 2, 3, 5]]
    assert found[0].tolist() == [-4, 0, -3, -1, -2, -5]


def test_merged_reciprocal_ranks_by_hand():
    found = merge_reciprocal_ranks(SCORES, LANGUAGES)
    assert found[0] == pytest.approx([1 / 62, 1 / 61, 1 / 62, 1 / 61, 1 / 61, 1 / 63])
    assert order(found) == [[1, 3, 4, 0, 2, 5], [0, 1, 4, 2, 3, 5]]
    assert merge_reciprocal_ranks(SCORES, LANGUAGES, k=0)[0, 5] == pytest.approx(1 / 3)


@pytest.mark.parametrize("merge", [round_robin, merge_reciprocal_ranks])
def test_a_candidate_that_is_left_out_takes_no_place(merge):
    scores = np.array([[0.5, OUT, 0.7, 0.8, 0.1, 0.2]], dtype=np.float32)
    found = merge(scores, LANGUAGES)
    assert found[0, 1] == OUT
    assert set(order(found)[0][:3]) == {2, 3, 4}


@pytest.mark.parametrize("merge", [standardize_languages, round_robin, merge_reciprocal_ranks])
def test_the_order_within_a_language_stays(merge):
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 30, size=(20, 60)).astype(np.float32)
    languages = rng.integers(0, 4, size=60)
    merged = merge(scores, languages)
    for language in range(4):
        here = languages == language
        assert order(merged[:, here]) == order(scores[:, here])


def test_fused_ranks_by_hand():
    dense = np.array([[0.9, 0.8, 0.7, 0.6]], dtype=np.float32)
    lexical = np.array([[0, 3, 0, 5]], dtype=np.float32)  # finds 3, then 1; 0 and 2 share no word with the query
    found = fuse_reciprocal_ranks(dense, lexical)
    assert found.dtype == np.float32
    assert found[0] == pytest.approx([1 / 61, 1 / 62 + 1 / 62, 1 / 63, 1 / 64 + 1 / 61])
    assert fuse_reciprocal_ranks(dense, lexical, k=1)[0] == pytest.approx([1 / 2, 1 / 3 + 1 / 3, 1 / 4, 1 / 5 + 1 / 2])


def test_fused_scores_by_hand():
    dense = np.array([[0.9, 0.8, 0.7, 0.5]], dtype=np.float32)  # scaled: 1, 0.75, 0.5, 0
    lexical = np.array([[0, 3, 0, 5]], dtype=np.float32)  # scaled: 0, 0.6, 0, 1
    assert fuse_scores(dense, lexical)[0] == pytest.approx([0.5, 0.675, 0.25, 0.5], abs=1e-6)
    assert fuse_scores(dense, lexical, weight=0.8)[0] == pytest.approx([0.8, 0.72, 0.4, 0.2], abs=1e-6)


def test_a_system_that_finds_nothing_leaves_the_others_order():
    dense = np.array([[0.2, 0.8, 0.7]], dtype=np.float32)
    nothing = np.zeros((1, 3), dtype=np.float32)
    for fuse in (fuse_reciprocal_ranks, fuse_scores):
        assert order(fuse(dense, nothing)) == [[1, 2, 0]]


def test_a_candidate_that_is_left_out_stays_so_and_is_no_least_score():
    dense, lexical = np.array([[0.9, OUT, 0.7, 0.5]]), np.array([[4, OUT, 2, 3]])
    assert fuse_scores(dense, lexical)[0] == pytest.approx([1, OUT, 0.25, 0.25], abs=1e-6)
    assert fuse_reciprocal_ranks(dense, lexical)[0] == pytest.approx([2 / 61, OUT, 1 / 62 + 1 / 63, 1 / 63 + 1 / 62])
