"""In which order pairs come, and that none waits for ever."""

import numpy as np
import pytest
from batching_sets import numbered, plan

from equilingual.batching import BatchError
from equilingual.batching.plans import _Queue


def test_every_pair_comes_once_before_any_comes_twice():
    result = plan(numbered(np.ones((40, 3))), "hybrid", 0.5, batches=10)
    assert sorted(result.pairs[:5].ravel()) == list(range(40))
    assert sorted(result.pairs[5:].ravel()) == list(range(40))


def test_pairs_kept_apart_come_once_before_any_comes_twice_too():
    keys = [{n // 4} for n in range(80)]  # four of one passage
    result = plan(numbered(np.ones((80, 3)), keys), "cross", batches=10)
    # those that wait at the end of an epoch are a few
    assert len(set(result.pairs.ravel().tolist())) >= 76


def test_strategies_differ_in_languages_and_not_in_data():
    pairs = numbered(np.ones((40, 3)))
    first = plan(pairs, "mono", 1.0)
    for name in ("cross", "mixed-mono", "english", "round-robin"):
        assert (plan(pairs, name).pairs == first.pairs).all()
    assert (plan(pairs, "mono", 1.0, seed=2).pairs != first.pairs).any()


def test_batches_taken_at_once_are_those_taken_one_by_one():
    # One pair in a second language that nothing asks for makes every batch go the slow way.
    fast = plan(numbered(np.ones((64, 1))), "english", 1.0, batches=16)
    available = np.ones((64, 2))
    available[0, 1] = 0
    slow = plan(numbered(available), "english", 1.0, batches=16)
    assert (fast.pairs == slow.pairs).all()


def test_pairs_in_one_language_alone_wait_for_no_cross_lingual_batch():
    available = np.ones((3000, 2))
    available[::3, 1] = 0
    result = plan(numbered(available), "cross", batches=500)
    assert set(result.pairs.ravel().tolist()) == {n for n in range(3000) if n % 3}


def test_what_is_left_waiting_is_not_dealt_twice():
    # 90 of 100 pairs are in en alone; batches in de take the other ten again and again.
    available = np.ones((100, 2))
    available[:90, 1] = 0
    result = plan(numbered(available), "mono", 1.0, batches=200, batch_size=5)
    english = result.pairs[result.query_languages[:, 0] == 0].ravel()
    counts = np.bincount(english, minlength=100)
    assert counts[:90].max() - counts[:90].min() <= 2


def test_too_few_pairs_that_may_meet_are_an_error_that_says_the_number():
    keys = [{n % 5} for n in range(9)]
    with pytest.raises(
        BatchError, match=r"^only 5 pairs in en can share a batch .*, fewer than the batch size of 8: add QA pairs"
    ):
        plan(numbered(np.ones((9, 2)), keys), "mono", 1.0)
    available = np.ones((9, 2))
    available[:4, 0] = available[4:6, 1] = 0
    with pytest.raises(BatchError, match=r"^only 3 pairs in both en and de can share a batch .* batch size of 8"):
        plan(numbered(available), "cross")


def test_a_batch_that_cannot_be_ended_is_an_error_and_not_a_loop():
    # Pairs 0 to 6 may meet, and 7 may meet none of them.
    keys = [{n} for n in range(7)] + [set(range(7))]
    with pytest.raises(BatchError, match="no other can share a batch"):
        plan(numbered(np.ones((8, 2)), keys), "mono", 1.0, batch_size=7, batches=20)


def test_chains_do_not_keep_pairs_apart():
    # Every pair shares a key with the next one: all forty hang together, and half of them may meet.
    keys = [{n, n + 1} for n in range(40)]
    result = plan(numbered(np.ones((40, 1)), keys), "english", 1.0, batch_size=8, batches=40)
    assert set(result.pairs.ravel().tolist()) == set(range(40))


def test_pairs_that_could_not_join_a_batch_are_the_first_of_the_next_in_their_order():
    def queue():
        everything = np.arange(8)
        return _Queue(everything, np.zeros(8, dtype=int), [1], 1, np.random.default_rng(4))

    def draw(queue, count, refused=()):
        return [queue.draw(1, lambda pair: pair not in refused) for _ in range(count)]

    order = draw(queue(), 8)
    assert sorted(order) == list(range(8))
    waiting = queue()
    assert draw(waiting, 2, refused=order[:3]) == order[3:5]
    waiting.put_back()
    assert draw(waiting, 6) == [*order[:3], *order[5:]]
