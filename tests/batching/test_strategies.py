"""The guarantees of a plan, for random training sets too."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from equilingual.batching import BatchError
from equilingual.batching.pairs import ParallelPairs, group_pairs, load_pairs
from equilingual.batching.strategies import plan_batches


def numbered(available, groups=None):
    """Return a training set without texts."""
    available = np.asarray(available, dtype=bool)
    pairs, languages = available.shape
    groups = np.arange(pairs) if groups is None else np.asarray(groups)
    rows = np.where(available, np.arange(pairs)[:, None], -1)
    return ParallelPairs(
        [f"p{n}" for n in range(pairs)], [f"l{n}" for n in range(languages)], available, groups, rows, {}
    )


def plan(pairs, share, **kwargs):
    return plan_batches(pairs, monolingual_share=share, **{"batch_size": 8, "batches": 400, "seed": 1, **kwargs})


def test_a_monolingual_batch_has_one_language_drawn_uniformly():
    result = plan(numbered(np.ones((50, 4))), 1.0)
    assert result.monolingual.all()
    assert (result.query_languages == result.passage_languages).all()
    assert (result.query_languages == result.query_languages[:, :1]).all()
    assert chisquare(np.bincount(result.query_languages[:, 0], minlength=4)).pvalue > 0.001


def test_in_a_cross_lingual_batch_every_ordered_pair_of_languages_is_equally_likely():
    result = plan(numbered(np.ones((50, 4))), 0.0)
    assert not result.monolingual.any()
    counts = np.zeros((4, 4))
    np.add.at(counts, (result.query_languages.ravel(), result.passage_languages.ravel()), 1)
    assert (counts.diagonal() == 0).all()
    assert chisquare(counts[~np.eye(4, dtype=bool)]).pvalue > 0.001


@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.9])
def test_alpha_is_the_share_of_monolingual_batches(alpha):
    result = plan(numbered(np.ones((50, 3))), alpha, batches=1000)
    assert binomtest(int(result.monolingual.sum()), 1000, alpha).pvalue > 0.001
    same = (result.query_languages == result.passage_languages).all(axis=1)
    different = (result.query_languages != result.passage_languages).all(axis=1)
    assert (same == result.monolingual).all()
    assert (different == ~result.monolingual).all()


def test_every_pair_comes_once_before_any_comes_twice():
    result = plan(numbered(np.ones((40, 3))), 0.5, batches=10)
    assert sorted(result.pairs[:5].ravel()) == list(range(40))
    assert sorted(result.pairs[5:].ravel()) == list(range(40))


def test_strategies_differ_in_languages_and_not_in_data():
    pairs = numbered(np.ones((40, 3)))
    assert (plan(pairs, 1.0).pairs == plan(pairs, 0.0).pairs).all()
    assert (plan(pairs, 1.0, seed=2).pairs != plan(pairs, 1.0).pairs).any()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_group_meets_itself_and_no_missing_text_is_asked_for(data):
    pairs, languages, size = data.draw(st.integers(8, 40)), data.draw(st.integers(2, 4)), data.draw(st.integers(2, 4))
    cells = st.lists(st.booleans(), min_size=pairs * languages, max_size=pairs * languages)
    available = np.array(data.draw(cells)).reshape(pairs, languages)
    groups = data.draw(st.lists(st.integers(0, pairs), min_size=pairs, max_size=pairs))
    training_set = numbered(available, groups)
    try:
        result = plan(training_set, data.draw(st.sampled_from([0.0, 0.5, 1.0])), batch_size=size, batches=20)
    except BatchError:
        return
    for chosen, queries, passages in zip(result.pairs, result.query_languages, result.passage_languages, strict=True):
        assert len(set(training_set.groups[chosen])) == size
        assert available[chosen, queries].all()
        assert available[chosen, passages].all()


def test_too_few_passages_for_a_batch_is_an_error_that_says_the_number():
    with pytest.raises(BatchError, match=r"5 distinct passages in l0 \(.*\), fewer than the batch size of 8"):
        plan(numbered(np.ones((9, 2)), groups=[0, 1, 2, 3, 4, 0, 1, 2, 3]), 1.0)


def test_cross_lingual_batches_need_two_languages():
    with pytest.raises(BatchError, match="need two languages"):
        plan(numbered(np.ones((9, 1))), 0.5)


def test_groups_link_pairs_by_chains_of_shared_keys():
    keys = [(0, "a"), (1, "a"), (1, "b"), (2, "c"), (3, "b"), (4, "d")]
    groups = group_pairs(5, iter(keys))
    assert groups[0] == groups[1] == groups[3]
    assert len({groups[0], groups[2], groups[4]}) == 3


def test_pairs_of_one_passage_or_of_equal_text_in_any_language_are_one_group(corpus):
    files = corpus(8, ["en", "de"], passages=6, same_text={("de", 2), ("de", 3)}, missing={("en", 5)})
    pairs = load_pairs({"c": files}, ["en", "de"], min_languages=1)
    group = dict(zip(pairs.pair_ids, pairs.groups.tolist(), strict=True))
    assert group["c/p0"] == group["c/p6"]  # one passage_id
    assert group["c/p2"] == group["c/p3"]  # one German text
    assert len(set(group.values())) == 8 - 2 - 1
    assert not pairs.available[pairs.pair_ids.index("c/p5"), 0]
    whole = load_pairs({"c": files}, ["en", "de"])
    assert "c/p5" not in whole.pair_ids
    assert (len(whole.pair_ids), whole.left_out, pairs.left_out) == (7, 1, 0)
    assert whole.available.all()


def test_translated_and_read_pairs_meet_in_one_training_set(corpus, tmp_path):
    files = corpus(4, ["en", "de"], passages=4)
    translated = pq.read_table(files["de"])
    flags = pa.array([["question: unknown"]] * 4)
    pq.write_table(translated.append_column("flags", flags), tmp_path / "translated.parquet")
    pairs = load_pairs({"a": files, "b": files | {"de": tmp_path / "translated.parquet"}}, ["en", "de"])
    assert len(pairs.pair_ids) == 8


def test_pairs_in_one_language_alone_wait_for_no_cross_lingual_batch():
    available = np.ones((3000, 2))
    available[::3, 1] = 0
    result = plan(numbered(available), 0.0, batches=500)
    assert set(result.pairs.ravel().tolist()) == {n for n in range(3000) if n % 3}
