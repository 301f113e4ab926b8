"""Measures by hand, and against trec_eval."""

import numpy as np
import pytest
import pytrec_eval

from equilingual.evaluation.measures import (
    average_precision,
    average_precision_at,
    lang_ndcg_at,
    lang_ndcg_of_even_mix,
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


def test_lang_ndcg_prefers_answers_in_the_querys_language():
    log = np.log2
    ranks, relevance = np.array([[1, 2, 3], [2, 1, 0], [3, 20, 0]]), np.array([[1, 1, 1], [1, 1, 0], [2, 1, 0]])
    own = np.array([[True, False, False], [True, False, False], [False, True, False]])
    best = 1 + 0.5 / log(3)
    assert lang_ndcg_at(ranks, relevance, own, 10) == pytest.approx([
        1,  # own language first, then the others
        (0.5 + 1 / log(3)) / best,  # another language first
        (2 * 0.5 / log(4)) / (1 + 1 / log(3)),  # relevance 2 in another language is worth as much as 1 in the own
    ])  # fmt: skip
    # Without a preference it is nDCG.
    assert lang_ndcg_at(RANKS, RELEVANCE, RANKS == 4, 4, other=1) == pytest.approx(ndcg_at(RANKS, RELEVANCE, 4))


def test_lang_ndcg_is_ndcg_of_trec_eval_with_twice_the_relevance_in_the_querys_language():
    rng = np.random.default_rng(8)
    ranks = np.stack([rng.permutation(40)[:4] + 1 for _ in range(30)])
    relevance = rng.integers(1, 4, size=ranks.shape)
    own = np.arange(4) == rng.integers(4, size=30)[:, None]
    lists = {f"q{n}": {f"d{rank}": float(-rank) for rank in range(1, 41)} for n in range(30)}
    qrels = {
        f"q{n}": {f"d{rank}": int(level * (2 if mine else 1)) for rank, level, mine in zip(*row, strict=True)}
        for n, row in enumerate(zip(ranks.tolist(), relevance.tolist(), own.tolist(), strict=True))
    }
    theirs = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut.10"}).evaluate(lists)
    expected = [theirs[f"q{n}"]["ndcg_cut_10"] for n in range(30)]
    assert lang_ndcg_at(ranks, relevance, own, 10) == pytest.approx(expected)


@pytest.mark.parametrize("answers", [1, 2, 3, 11])
def test_lang_ndcg_of_a_perfect_order_that_mixes_the_languages_evenly(answers):
    """Every language is as often at every place: the mean over all rotations of the order."""
    ranks = np.stack([np.roll(np.arange(1, answers + 1), shift) for shift in range(answers)])
    own = np.broadcast_to(np.arange(answers) == 0, ranks.shape)
    mean = lang_ndcg_at(ranks, np.ones_like(ranks), own, 10).mean()
    assert lang_ndcg_of_even_mix(answers, 10) == pytest.approx(mean)
    assert answers == 1 or mean < 1


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
