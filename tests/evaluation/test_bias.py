"""Measures of language bias from ranks: by hand, against scipy, and by simulation."""

import numpy as np
import pytest
import scipy.stats

from equilingual.evaluation.bias import (
    complete_at,
    concordance,
    kruskal_wallis,
    language_preference,
    log_rank_distance,
    max_rank,
    median_ranks,
    normalised_rank_distance,
    peer,
    rank_distance,
    ranks_by_language,
    same_language_gap,
)

# Languages 0, 1, 2. The second query has no relevant candidate in language 1, the third has one in language 2 alone.
BY_LANGUAGE = np.array([[2, 8, 4], [16, 0, 1], [0, 0, 3]])


def random_ranks(rng, queries, candidates, relevant):
    return np.argsort(rng.random((queries, candidates)), axis=1)[:, :relevant] + 1


def test_ranks_by_language_takes_the_best_of_several():
    ranks = np.array([[7, 3, 9, 0], [2, 5, 0, 0]])
    languages = np.array([[1, 0, 1, -1], [2, 2, -1, -1]])
    assert ranks_by_language(ranks, languages, 3).tolist() == [[3, 7, 0], [0, 0, 2]]
    assert ranks_by_language(ranks[:, ::-1], languages[:, ::-1], 3).tolist() == [[3, 7, 0], [0, 0, 2]]


def test_rank_distances_by_hand():
    assert rank_distance(BY_LANGUAGE).tolist() == [6, 15, 0]
    # (6 - 2) / (99 - 2); (15 - 1) / (99 - 1); one alone cannot be apart
    assert normalised_rank_distance(BY_LANGUAGE, 100) == pytest.approx([4 / 97, 14 / 98, 0])
    assert normalised_rank_distance(BY_LANGUAGE, np.array([10, 20, 3])) == pytest.approx([4 / 7, 14 / 18, 0])
    assert log_rank_distance(BY_LANGUAGE).tolist() == [2, 4, 0]
    assert max_rank(BY_LANGUAGE).tolist() == [8, 16, 3]
    assert complete_at(BY_LANGUAGE, 8).tolist() == [1, 0, 1]
    assert complete_at(BY_LANGUAGE, 7).tolist() == [0, 0, 1]


def test_rank_distance_of_perfect_and_worst_orders():
    perfect = np.arange(1, 12)[None, ::-1]
    worst = np.array([[1, *range(4, 13), 13_014]])
    assert rank_distance(perfect).tolist() == [10]
    assert normalised_rank_distance(perfect, 13_014).tolist() == [0]
    assert normalised_rank_distance(worst, 13_014).tolist() == [1]
    assert np.isnan(normalised_rank_distance(perfect, 11)).all()  # nothing but relevant candidates


@pytest.mark.parametrize("relevant", [2, 4, 11])
def test_rank_distance_of_random_orders(relevant):
    distances = rank_distance(random_ranks(np.random.default_rng(relevant), 6000, 150, relevant))
    expected = 151 * (relevant - 1) / (relevant + 1)
    error = distances.std() / np.sqrt(len(distances))
    assert abs(distances.mean() - expected) < 4 * error
    assert error < 0.01 * expected  # the test would see one percent


def test_same_language_gap():
    # own 2 (log 1) against 8 and 4 (logs 3 and 2); own 1 (log 0) against 16 (log 4); the third has one language alone
    gaps = same_language_gap(BY_LANGUAGE, np.array([0, 2, 2]))
    assert gaps[:2].tolist() == [1.5, 4]
    assert np.isnan(gaps[2])
    assert np.isnan(same_language_gap(BY_LANGUAGE, np.array([-1, 1, 0]))).all()  # none in the query's language
    assert same_language_gap(BY_LANGUAGE[:1], np.array([1])).tolist() == [-1.5]


def test_language_preference():
    preferred = language_preference(BY_LANGUAGE, np.array([0, 0, 2]))
    assert preferred[:2].tolist() == [1, 0]
    assert np.isnan(preferred[2])
    assert np.isnan(language_preference(BY_LANGUAGE, np.array([-1, 1, 0]))).all()


def test_language_preference_without_bias_is_one_in_m():
    ranks = random_ranks(np.random.default_rng(1), 6000, 100, 5)
    rate = language_preference(ranks, np.random.default_rng(2).integers(0, 5, 6000)).mean()
    assert abs(rate - 1 / 5) < 4 * np.sqrt(0.2 * 0.8 / 6000)


def test_concordance_is_friedmans_test():
    ranks = 6 * random_ranks(np.random.default_rng(3), 40, 300, 6) + np.array([0, 241, 2, 483, 4, 5])  # none equal
    found = concordance(ranks)
    theirs = scipy.stats.friedmanchisquare(*ranks.T)
    assert (found.statistic, found.p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-12)
    assert (found.df, found.queries) == (5, 40)
    order = ranks.argsort(axis=1).argsort(axis=1) + 1
    deviations = order.sum(axis=0) - 40 * 7 / 2
    assert found.w == pytest.approx(12 * (deviations**2).sum() / (40**2 * (6**3 - 6)))


def test_concordance_shares_equal_ranks_as_scipy_does():
    ranks = np.random.default_rng(4).integers(1, 5, (30, 6))
    theirs = scipy.stats.friedmanchisquare(*ranks.T)
    found = concordance(ranks)
    assert (found.statistic, found.p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-12)


def test_concordance_of_one_order_and_of_opposite_ones():
    assert concordance(np.array([[1, 5, 9], [3, 4, 70], [2, 8, 11]])).w == 1
    assert concordance(np.array([[1, 2, 3], [3, 2, 1]])).w == 0
    assert concordance(np.array([[4, 4, 4]])).p == 1


def test_concordance_counts_only_queries_with_all_languages():
    full = random_ranks(np.random.default_rng(5), 20, 100, 4)
    some = np.concatenate([full, np.where(np.arange(4) == 2, 0, full)])
    assert concordance(some) == concordance(full)
    assert concordance(some).queries == 20
    assert concordance(some[:, [0, 1, 3]]).queries == 40
    none = concordance(BY_LANGUAGE[1:])
    assert none.queries == 0
    assert np.isnan([none.w, none.statistic, none.p]).all()


def test_median_ranks():
    medians = median_ranks(np.array([[2, 8], [4, 0], [9, 10], [1, 7]]), np.array([0, 0, 0, 1]))
    assert medians.tolist() == [[4, 9], [1, 7]]
    assert np.isnan(median_ranks(np.array([[2, 0]]), np.array([0]))).tolist() == [[False, True], [True, True]]


def test_kruskal_wallis_is_scipys_on_ranks():
    rng = np.random.default_rng(6)
    values = np.stack([scipy.stats.rankdata(rng.integers(0, ties, 20)) for ties in (5, 20, 1000)])
    groups = rng.integers(0, 4, (3, 20))
    h, p = kruskal_wallis(values, groups)
    for row in range(3):
        theirs = scipy.stats.kruskal(*[values[row][groups[row] == group] for group in range(4)])
        assert (h[row], p[row]) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-10)


def test_kruskal_wallis_without_groups_to_compare():
    h, p = kruskal_wallis(
        np.array([[1.0, 2, 3], [5, 5, 5], [1, 2, 3]]), np.array([[2, 2, -1], [0, 1, 1], [-1, -1, -1]])
    )
    assert np.isnan(h).all()
    assert p.tolist() == [1, 1, 1]


@pytest.mark.parametrize(("languages", "constant"), [(11, 0.4405), (2, 0.3173), (3, 0.3679), (4, 0.3916)])
def test_peer_says_nothing_with_one_relevant_candidate_per_language(languages, constant):
    ranks = random_ranks(np.random.default_rng(languages), 50, 200, languages)
    codes = np.tile(np.arange(languages), (50, 1))
    for depth in (200, 60):
        values = peer(ranks, np.ones_like(ranks), codes, depth=depth, weights={1: 1.0})
        found = (ranks <= depth).any(axis=1)
        assert values[found] == pytest.approx(constant, abs=5e-5)
        assert (values[~found] == 1).all()


def slow_peer(run, judged, language, depth, weights):
    """PEER of one query from its list and judgements, with the authors' formula, one level and language at a time."""
    value = 0
    for level, weight in weights.items():
        places = {}
        for place, candidate in enumerate(run[:depth], 1):
            if judged.get(candidate, 0) == level:
                places.setdefault(language[candidate], []).append(place)
        missed = [
            candidate for candidate, grade in judged.items() if 0 < grade == level and candidate not in run[:depth]
        ]
        found = bool(places)
        for candidate in missed:
            places.setdefault(language[candidate], []).append(depth + (1 + len(missed)) / 2)
        every = np.concatenate([*places.values(), []])
        if found and len(places) > 1:
            between = sum(len(here) * (np.mean(here) - every.mean()) ** 2 for here in places.values())
            h = (len(every) - 1) * between / ((every - every.mean()) ** 2).sum()
            value += weight * scipy.stats.chi2.sf(h, len(places) - 1)
        else:
            value += weight
    return value


def test_peer_with_several_relevant_candidates_per_language():
    rng = np.random.default_rng(8)
    language = rng.integers(0, 3, 80)
    depth, weights = 30, {0: 0.2, 1: 0.3, 2: 0.5}
    ranks, relevance, codes = (np.zeros((25, 12), dtype=np.int64) for _ in range(3))
    tops, expected = np.zeros((25, 40), dtype=np.int64), []
    for query in range(25):
        run = rng.permutation(80)
        relevant = rng.choice(80, size=query % 13, replace=False)
        grades = rng.integers(1, 3, len(relevant))
        ranks[query, : len(relevant)] = np.argsort(run)[relevant] + 1
        relevance[query, : len(relevant)], codes[query, : len(relevant)] = grades, language[relevant]
        tops[query] = language[run[:40]]
        judged = dict(zip(relevant.tolist(), grades.tolist(), strict=True))
        expected.append(slow_peer(run.tolist(), judged, language, depth, weights))
    found = peer(ranks, relevance, codes, depth=depth, weights=weights, top_languages=tops)
    assert found == pytest.approx(expected, rel=1e-9)
    assert len(set(np.round(found, 6))) > 20  # not the constant


def test_peer_is_high_for_turns_and_low_for_blocks():
    ranks, ones = np.arange(1, 21)[None, :], np.ones((1, 20), dtype=np.int64)
    turns, blocks = np.tile([0, 1], 10)[None, :], np.repeat([0, 1], 10)[None, :]
    assert peer(ranks, ones, turns, depth=20, weights={1: 1}) > 0.6
    assert peer(ranks, ones, blocks, depth=20, weights={1: 1}) < 0.001


def test_peer_refuses_what_it_cannot_weigh():
    ranks = np.array([[1, 2]])
    with pytest.raises(ValueError, match=r"sum to 0\.5, not to 1"):
        peer(ranks, ranks, ranks, depth=5, weights={1: 0.5})
    with pytest.raises(ValueError, match=r"PEER@5 needs the languages .* found no lists"):
        peer(ranks, ranks, ranks, depth=5, weights={0: 1})
    with pytest.raises(ValueError, match="found lists of 4"):
        peer(ranks, ranks, ranks, depth=5, weights={0: 1}, top_languages=np.zeros((1, 4), dtype=int))
