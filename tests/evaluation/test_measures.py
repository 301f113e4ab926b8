"""Measures by hand, and against trec_eval."""

import numpy as np
import pytest
import pytrec_eval

from equilingual.evaluation.measures import (
    average_precision,
    average_precision_at,
    ndcg_at,
    recall_at,
    reciprocal_rank,
)

# Three queries: one relevant at rank 4; three at 2, 7, 1; two (padded) at 5 and 3.
RANKS = np.array([[4, 0, 0], [2, 7, 1], [5, 0, 3]])
RELEVANCE = np.array([[2, 0, 0], [1, 3, 2], [1, 0, 1]])


def test_average_precision():
    # second: ranks 1, 2, 7 -> (1/1 + 2/2 + 3/7) / 3; third: 3, 5 -> (1/3 + 2/5) / 2
    assert average_precision(RANKS) == pytest.approx([1 / 4, (2 + 3 / 7) / 3, (1 / 3 + 2 / 5) / 2])


def test_average_precision_at_a_depth_divides_by_what_can_be_found():
    assert average_precision_at(RANKS, 4) == pytest.approx([1 / 4, 2 / 3, (1 / 3) / 2])
    assert average_precision_at(RANKS, 2) == pytest.approx([0, 1, 0])  # the second query has three relevant, two fit
    assert average_precision_at(RANKS, 7).tolist() == average_precision(RANKS).tolist()
    assert average_precision_at(np.arange(1, 31)[None, :], 20).tolist() == [1]


def test_recall():
    assert recall_at(RANKS, 1) == pytest.approx([0, 1 / 3, 0])
    assert recall_at(RANKS, 4) == pytest.approx([1, 2 / 3, 1 / 2])


def test_eleven_relevant_cannot_all_be_in_the_first_ten():
    assert recall_at(np.arange(1, 12)[None, :], 10) == pytest.approx([10 / 11])


def test_reciprocal_rank():
    assert reciprocal_rank(RANKS) == pytest.approx([1 / 4, 1, 1 / 3])


def test_ndcg_has_a_linear_gain_and_an_ideal_order_of_the_same_depth():
    log = np.log2
    second = (1 / log(3) + 2 / log(2)) / (3 / log(2) + 2 / log(3) + 1 / log(4))
    third = (1 / log(4)) / (1 / log(2) + 1 / log(3))
    assert ndcg_at(RANKS, RELEVANCE, 4) == pytest.approx([(2 / log(5)) / (2 / log(2)), second, third])
    # Of the first two places the ideal order fills two; one relevant fills one.
    assert ndcg_at(RANKS, RELEVANCE, 2) == pytest.approx([0, (1 / log(3) + 2) / (3 + 2 / log(3)), 0])


@pytest.fixture
def run():
    """Forty queries over 60 candidates, with many equal scores, and one to nine graded relevant candidates."""
    rng = np.random.default_rng(7)
    scores = np.round(rng.random((40, 60)) * 8) / 8
    relevant = [rng.choice(60, size=1 + query % 9, replace=False) for query in range(40)]
    return scores, relevant, [rng.integers(1, 4, len(rows)) for rows in relevant]


def test_measures_are_those_of_trec_eval_with_ties(run):
    scores, relevant, grades = run
    # trec_eval breaks ties by descending id, we by ascending row: ids count down.
    names = [f"d{99 - row}" for row in range(60)]
    theirs = pytrec_eval.RelevanceEvaluator(
        {f"q{q}": {names[row]: int(g) for row, g in zip(relevant[q], grades[q], strict=True)} for q in range(40)},
        {"map", "map_cut.20", "recall.1,5,10", "recip_rank", "ndcg_cut.3,10"},
    ).evaluate({f"q{q}": dict(zip(names, scores[q].tolist(), strict=True)) for q in range(40)})

    ranks, relevance = np.zeros((40, 9), dtype=np.int64), np.zeros((40, 9), dtype=np.int64)
    for query in range(40):
        order = np.argsort(-scores[query], kind="stable").tolist()
        ranks[query, : len(relevant[query])] = [order.index(row) + 1 for row in relevant[query]]
        relevance[query, : len(relevant[query])] = grades[query]
    ours = {
        "map": average_precision(ranks),
        "map_cut_20": average_precision_at(ranks, 20),  # no query has more than 20 relevant
        "recall_1": recall_at(ranks, 1),
        "recall_5": recall_at(ranks, 5),
        "recall_10": recall_at(ranks, 10),
        "recip_rank": reciprocal_rank(ranks),
        "ndcg_cut_3": ndcg_at(ranks, relevance, 3),
        "ndcg_cut_10": ndcg_at(ranks, relevance, 10),
    }
    for name, values in ours.items():
        assert values == pytest.approx([theirs[f"q{q}"][name] for q in range(40)], abs=1e-9), name


def test_the_run_has_ties_that_matter(run):
    """With ties broken the other way the figures differ, so agreement shows the rule and not its absence."""
    scores, relevant, _ = run
    differ = 0
    for query, rows in enumerate(relevant):
        first = np.argsort(-scores[query], kind="stable").tolist()
        last = (59 - np.argsort(-scores[query][::-1], kind="stable")).tolist()
        differ += any(first.index(row) != last.index(row) for row in rows)
    assert differ > 30
