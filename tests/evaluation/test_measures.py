"""Measures by hand."""

import numpy as np
import pytest

from equilingual.evaluation.measures import average_precision, rank_distance, recall_at, reciprocal_rank

# Three queries: one relevant at rank 4; three at 2, 7, 1; two (padded) at 5 and 3.
RANKS = np.array([[4, 0, 0], [2, 7, 1], [5, 0, 3]])


def test_average_precision():
    # second: ranks 1, 2, 7 -> (1/1 + 2/2 + 3/7) / 3; third: 3, 5 -> (1/3 + 2/5) / 2
    assert average_precision(RANKS) == pytest.approx([1 / 4, (2 + 3 / 7) / 3, (1 / 3 + 2 / 5) / 2])


def test_recall():
    assert recall_at(RANKS, 1) == pytest.approx([0, 1 / 3, 0])
    assert recall_at(RANKS, 4) == pytest.approx([1, 2 / 3, 1 / 2])


def test_eleven_relevant_cannot_all_be_in_the_first_ten():
    assert recall_at(np.arange(1, 12)[None, :], 10) == pytest.approx([10 / 11])


def test_reciprocal_rank():
    assert reciprocal_rank(RANKS) == pytest.approx([1 / 4, 1, 1 / 3])


def test_rank_distance():
    assert rank_distance(RANKS).tolist() == [0, 6, 2]
    assert rank_distance(np.arange(1, 12)[None, :]).tolist() == [10]  # m - 1 for a perfect order
