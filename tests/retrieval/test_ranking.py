"""Counted ranks and first candidates against sorting, in whole rows and in tiles, with ties."""

import numpy as np
import pytest

from equilingual.retrieval import ranking

LANGUAGES = [slice(10, 25), slice(25, 40), slice(40, 60)]
POOLS = {"de": LANGUAGES[1], "all": slice(10, 60)}
TIE_ORDER = np.random.default_rng(9).permutation(60)


def sorted_rows(scores, own, members):
    """Rows of a pool, best first, ties in their order, a query's own texts left out: the definition."""
    rows = [row for row in range(members.start, members.stop) if row not in own]
    return sorted(rows, key=lambda row: (-scores[row], TIE_ORDER[row]))


@pytest.fixture(params=["whole rows", "tiles of 7", "tiles of 16"])
def tiles(request, monkeypatch):
    if request.param != "whole rows":
        monkeypatch.setattr(ranking, "_WHOLE", 10)
        monkeypatch.setattr(ranking, "_TILE", int(request.param.split()[-1]))


@pytest.mark.usefixtures("tiles")
@pytest.mark.parametrize("ties", [0, 6, 1])  # different scores but 0: none, some alike, all of a few kinds
@pytest.mark.parametrize("threads", [1, 3])
def test_ranks_and_first_candidates_are_those_of_sorting(ties, threads, monkeypatch):
    monkeypatch.setattr(ranking, "_SCORES_AT_ONCE", 400)  # several blocks of queries
    rng = np.random.default_rng(3)
    scores = rng.random((80, 60)).astype(np.float32)
    scores = np.round(scores * ties) / ties if ties else scores
    own = np.where(rng.random((80, 3)) < 0.5, rng.integers(10, 60, (80, 3)), -1)
    relevant = np.where(rng.random((80, 4)) < 0.8, rng.integers(10, 60, (80, 4)), -1)
    relevant[(relevant[:, :, None] == own[:, None, :]).any(axis=2)] = -1
    found = ranking.rank_collection(
        lambda rows, some: scores[rows][:, some].copy(),
        queries=ranking.Queries(np.arange(80), relevant, own),
        tie_order=TIE_ORDER,
        languages=LANGUAGES,
        keep=POOLS,
        depth=12,
        threads=threads,
    )
    for query in range(80):
        for column, row in enumerate(relevant[query]):
            part = next((part for part in LANGUAGES if part.start <= row < part.stop), None)
            within = sorted_rows(scores[query], own[query], part).index(row) + 1 if part else 0
            across = sorted_rows(scores[query], own[query], POOLS["all"]).index(row) + 1 if part else 0
            assert (found.within[query, column], found.across[query, column]) == (within, across)
        for pool, part in POOLS.items():
            expected = sorted_rows(scores[query], own[query], part)[:12]
            assert found.top[pool][query].tolist() == expected
            assert found.top_scores[pool][query].tolist() == scores[query, expected].tolist()
        firsts = [sorted_rows(scores[query], own[query], part)[0] for part in [*LANGUAGES, POOLS["all"]]]
        assert found.best[query].tolist() == firsts


def test_a_depth_beyond_the_pool_is_padded():
    found = ranking.rank_collection(
        lambda rows, some: np.array([[0.1, 0.3, 0.2]], dtype=np.float32)[rows][:, some],
        queries=ranking.Queries(np.array([0]), np.array([[2]]), np.array([[1]])),
        tie_order=np.arange(3),
        languages=[slice(0, 3)],
        keep={"all": slice(0, 3)},
        depth=9,
    )
    assert found.top["all"].tolist() == [[2, 0, -1]]
    assert found.within.tolist() == [[1]]


def test_scores_that_depend_on_all_candidates_are_asked_for_together(monkeypatch):
    monkeypatch.setattr(ranking, "_WHOLE", 10)
    asked = set()

    def scores(rows, some):
        asked.add((some.start, some.stop))
        return np.zeros((len(rows), some.stop - some.start), dtype=np.float32)

    queries = ranking.Queries(np.array([0]), np.array([[3]]), np.array([[-1]]))
    given = {"languages": [slice(0, 40)], "keep": {}, "depth": 1, "tie_order": np.arange(40)}
    ranking.rank_collection(scores, queries=queries, whole_rows=True, **given)
    assert asked == {(0, 40)}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_scores_that_are_not_numbers_have_no_rank(value):
    scores = np.array([[0.5, value, 0.1]], dtype=np.float32)
    with pytest.raises(ValueError, match="queries 0 to 0 are not all finite"):
        ranking.rank_collection(
            lambda rows, some: scores[rows][:, some],
            queries=ranking.Queries(np.array([0]), np.array([[0]]), np.array([[-1]])),
            tie_order=np.arange(3),
            languages=[slice(0, 3)],
            keep={},
            depth=1,
        )
