"""Which languages meet in a batch, strategy by strategy."""

import math

import numpy as np
import pytest
from batching_sets import numbered, plan
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from equilingual.batching import BatchError
from equilingual.batching.alpha import alpha_by_batch
from equilingual.batching.plans import MODES
from equilingual.catalogues.strategies import STRATEGIES
from equilingual.config.batch_settings import Curriculum

MONO, CROSS, MIXED = range(3)


def ordered_pairs(result, languages):
    counts = np.zeros((languages, languages), dtype=int)
    np.add.at(counts, (result.query_languages.ravel(), result.passage_languages.ravel()), 1)
    return counts


def test_a_monolingual_batch_has_one_language_drawn_uniformly():
    result = plan(numbered(np.ones((50, 4))), "mono")
    assert (result.modes == MONO).all()
    assert (result.query_languages == result.passage_languages).all()
    assert (result.query_languages == result.query_languages[:, :1]).all()
    assert chisquare(np.bincount(result.query_languages[:, 0], minlength=4)).pvalue > 0.001


def test_in_a_cross_lingual_batch_every_ordered_pair_of_languages_is_equally_likely():
    result = plan(numbered(np.ones((50, 4))), "cross")
    assert (result.modes == CROSS).all()
    counts = ordered_pairs(result, 4)
    assert (counts.diagonal() == 0).all()
    assert chisquare(counts[~np.eye(4, dtype=bool)]).pvalue > 0.001


@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.9])
def test_alpha_is_the_share_of_monolingual_batches(alpha):
    result = plan(numbered(np.ones((50, 3))), "hybrid", alpha, batches=1000)
    assert binomtest(int((result.modes == MONO).sum()), 1000, alpha).pvalue > 0.001
    same = (result.query_languages == result.passage_languages).all(axis=1)
    different = (result.query_languages != result.passage_languages).all(axis=1)
    assert (same == (result.modes == MONO)).all()
    assert (different == (result.modes == CROSS)).all()


@pytest.mark.parametrize("alpha", [0.2, 0.9])
def test_mixed_by_pair_each_pair_of_a_batch_is_of_one_kind_or_the_other(alpha):
    result = plan(numbered(np.ones((50, 4))), "hybrid", alpha, mix="pair", batches=1000)
    assert (result.modes == MIXED).all()
    same = result.query_languages == result.passage_languages
    assert binomtest(int(same.sum()), 8000, alpha).pvalue > 0.001
    # Of eight pairs that are drawn one by one, k are monolingual with the binomial probability of k.
    found = np.bincount(same.sum(axis=1), minlength=9)
    chances = np.array([math.comb(8, k) * alpha**k * (1 - alpha) ** (8 - k) for k in range(9)])
    common = chances * 1000 >= 5
    observed, wanted = [*found[common], found[~common].sum()], [*chances[common], chances[~common].sum()]
    assert chisquare(observed, np.array(wanted) * 1000).pvalue > 0.001
    # Each has a language of its own: two neighbours that are monolingual share theirs in one of four cases.
    beside = same[:, 1:] & same[:, :-1]
    shared = beside & (result.query_languages[:, 1:] == result.query_languages[:, :-1])
    assert binomtest(int(shared[:, ::2].sum()), int(beside[:, ::2].sum()), 0.25).pvalue > 0.001
    counts = ordered_pairs(result, 4)
    assert chisquare(counts.diagonal()).pvalue > 0.001
    assert chisquare(counts[~np.eye(4, dtype=bool)]).pvalue > 0.001


def test_a_curriculum_of_pairs_goes_from_one_alpha_to_another():
    result = plan(numbered(np.ones((50, 3))), "hybrid", {"from": 0.9, "to": 0.1}, mix="pair", batches=900)
    same = result.query_languages == result.passage_languages
    for start, alpha in [(0, 0.9 - 0.8 * 0.5 * 99 / 899), (400, 0.5), (800, 0.1 + 0.8 * 0.5 * 99 / 899)]:
        assert binomtest(int(same[start : start + 100].sum()), 800, alpha).pvalue > 0.001
    assert result.expected["mixed"].diagonal() == pytest.approx([1 / 6] * 3)


def test_mixed_by_pair_one_language_is_enough_where_alpha_is_one():
    result = plan(numbered(np.ones((9, 1))), "hybrid", 1.0, mix="pair", batches=20)
    assert (result.query_languages == 0).all()
    assert result.expected["mixed"].tolist() == [[1.0]]
    with pytest.raises(BatchError, match="need QA pairs in two of"):
        plan(numbered(np.ones((9, 1))), "hybrid", 0.5, mix="pair")


def test_weights_of_languages_hold_for_both_kinds_of_pairs():
    sampling = {"languages": {"weights": {"en": 4, "de": 2, "es": 2}}}
    counts = ordered_pairs(plan(numbered(np.ones((60, 4))), "hybrid", 0.5, mix="pair", batches=800, **sampling), 4)
    # 1/2, 1/4, 1/4; and 1/2·1/4 for en-de and its like, 1/4·1/4 for de-es
    expected = np.array([[5, 2, 2, 0], [2, 2.5, 1, 0], [2, 1, 2.5, 0], [0, 0, 0, 0]]) / 20 * 6400
    assert (counts[expected == 0] == 0).all()
    assert chisquare(counts[expected > 0], expected[expected > 0]).pvalue > 0.001


@pytest.mark.parametrize("shape", ["linear", "cosine"])
def test_a_curriculum_goes_from_one_alpha_to_another(shape):
    curriculum = {"from": 0.9, "to": 0.1, "shape": shape}
    result = plan(numbered(np.ones((50, 3))), "hybrid", curriculum, batches=3000)
    mono = result.modes == MONO
    for start, end in [(0, 300), (1350, 1650), (2700, 3000)]:
        expected = {0: {"linear": 0.86, "cosine": 0.893}, 1350: {"linear": 0.5, "cosine": 0.5}}
        expected[2700] = {"linear": 0.14, "cosine": 0.107}
        assert binomtest(int(mono[start:end].sum()), 300, expected[start][shape]).pvalue > 0.001


def test_the_shapes_of_a_curriculum_by_hand():
    linear = alpha_by_batch(Curriculum(**{"from": 1.0, "to": 0.0, "shape": "linear"}), 5)
    cosine = alpha_by_batch(Curriculum(**{"from": 1.0, "to": 0.0, "shape": "cosine"}), 5)
    assert linear.tolist() == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert cosine == pytest.approx([1.0, 0.5 + 0.5**1.5, 0.5, 0.5 - 0.5**1.5, 0.0])
    assert alpha_by_batch(Curriculum(**{"from": 0.7, "to": 0.0}), 1).tolist() == [0.7]
    assert alpha_by_batch(0.3, 2).tolist() == [0.3, 0.3]


def test_in_a_mixed_monolingual_batch_every_pair_is_in_one_language_and_the_batch_in_several():
    result = plan(numbered(np.ones((50, 4))), "mixed-mono")
    assert (result.modes == MIXED).all()
    assert (result.query_languages == result.passage_languages).all()
    assert all(len(set(row)) > 1 for row in result.query_languages.tolist())
    assert chisquare(np.bincount(result.query_languages.ravel(), minlength=4)).pvalue > 0.001


def test_english_batches_are_in_english_wherever_it_stands():
    pairs = numbered(np.ones((20, 3)))
    pairs.languages[:] = ["de", "es", "en"]
    result = plan(pairs, "english")
    assert (result.query_languages == 2).all()
    assert (result.passage_languages == 2).all()
    assert (result.modes == MONO).all()
    pairs.languages[:] = ["de", "es", "fr"]
    with pytest.raises(BatchError, match="english needs en"):
        plan(pairs, "english")


def test_round_robin_shows_every_pair_once_in_each_language_before_any_comes_twice():
    available = np.ones((40, 3))
    available[:8, 1] = 0
    result = plan(numbered(available), "round-robin", batches=10)  # two epochs
    seen = {}
    for pair, language in zip(result.pairs.ravel().tolist(), result.passage_languages.ravel().tolist(), strict=True):
        seen.setdefault(pair, []).append(language)
    for pair in range(8):
        assert sorted(seen[pair]) == [0, 2]
    for pair in range(8, 40):
        assert len(set(seen[pair])) == 2
    # a language drawn at random to begin with: no batch is in one
    assert all(len(set(row)) > 1 for row in result.passage_languages.tolist())
    assert (result.query_languages == result.passage_languages).all()
    longer = plan(numbered(np.ones((40, 3))), "round-robin", batches=15)
    counts = np.zeros((40, 3))
    np.add.at(counts, (longer.pairs.ravel(), longer.passage_languages.ravel()), 1)
    assert (counts == 1).all()


def test_round_robin_with_queries_in_one_language():
    result = plan(numbered(np.ones((40, 3))), "round-robin", query_language="de")
    assert (result.query_languages == 1).all()
    assert set(result.passage_languages.ravel().tolist()) == {0, 1, 2}
    available = np.ones((40, 3))
    available[3, 1] = 0
    with pytest.raises(BatchError, match="1 pairs are missing in de"):
        plan(numbered(available), "round-robin", query_language="de")


@pytest.mark.parametrize("available", [np.ones((9, 1)), np.repeat(np.eye(2), 9, axis=0)])
def test_cross_lingual_batches_need_two_languages(available):
    with pytest.raises(BatchError, match="need QA pairs in two of"):
        plan(numbered(available), "hybrid", 0.5)


def test_languages_that_no_pair_has_both_of_do_not_meet():
    # The first 30 pairs are in languages 0 to 2, the others in 0, 3 and 4.
    available = np.zeros((60, 5))
    available[:30, [0, 1, 2]] = 1
    available[30:, [0, 3, 4]] = 1
    result = plan(numbered(available), "cross")
    counts = ordered_pairs(result, 5)
    possible = {(0, 1), (0, 2), (1, 2), (0, 3), (0, 4), (3, 4)}
    possible |= {(b, a) for a, b in possible}
    assert {tuple(cell) for cell in np.argwhere(counts).tolist()} == possible
    assert chisquare([counts[cell] for cell in possible]).pvalue > 0.001
    assert {tuple(cell) for cell in np.argwhere(result.expected["cross"]).tolist()} == possible


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_realised_languages_are_those_expected(name):
    result = plan(numbered(np.ones((60, 3))), name, batch_size=24, batches=1000)
    assert {MODES[number] for number in result.modes.tolist()} <= set(result.expected)
    for mode, expected in result.expected.items():
        assert expected.sum() == pytest.approx(1)
        rows = result.modes == MODES.index(mode)
        if not rows.any():
            continue
        shared = result.rows_of_one_draw(mode)
        for side in (result.query_languages[rows], result.passage_languages[rows]):
            assert (side[:, :shared] == side[:, :1]).all()
        unit = [0, *range(shared, 24)]
        counts = np.zeros((3, 3))
        places = (result.query_languages[rows][:, unit].ravel(), result.passage_languages[rows][:, unit].ravel())
        np.add.at(counts, places, 1)
        assert (counts[expected == 0] == 0).all()
        wanted = expected[expected > 0] * counts.sum()
        assert len(wanted) == 1 or chisquare(counts[expected > 0], wanted).pvalue > 0.001


def test_weights_of_languages_hold_in_every_kind_of_batch():
    pairs = numbered(np.ones((60, 4)))
    sampling = {"languages": {"weights": {"en": 4, "de": 2, "es": 2}}}
    mono = plan(pairs, "mono", batches=800, **sampling)
    assert chisquare(np.bincount(mono.query_languages[:, 0]), [400, 200, 200]).pvalue > 0.001
    cross = ordered_pairs(plan(pairs, "cross", **sampling), 4)
    # 1/2·1/4 for en-de and its like, 1/4·1/4 for de-es: by their sum, 4·1/8 + 2·1/16 = 5/8, 1/5 and 1/10
    expected = np.array([[0, 2, 2, 0], [2, 0, 1, 0], [2, 1, 0, 0], [0, 0, 0, 0]]) / 10 * 3200
    assert (cross[expected == 0] == 0).all()
    assert chisquare(cross[expected > 0], expected[expected > 0]).pvalue > 0.001


def test_a_temperature_of_one_is_by_size_and_a_high_one_nearly_uniform():
    available = np.ones((900, 2))
    available[300:, 1] = 0  # en 900, de 300
    for temperature, share in [(1, 0.75), (2, 0.634), (1000, 0.5)]:  # 900^.5 / (900^.5 + 300^.5) = .634
        sampling = {"languages": {"temperature": temperature}}
        result = plan(numbered(available), "mono", batches=1000, **sampling)
        assert binomtest(int((result.query_languages[:, 0] == 0).sum()), 1000, share).pvalue > 0.001


def test_corpora_come_in_proportion_to_their_pairs_or_by_weight():
    corpus = [0] * 90 + [1] * 30
    pairs = numbered(np.ones((120, 2)), corpus=corpus)

    def shares(**sampling):
        result = plan(pairs, "mono", batches=300, **sampling)
        return np.bincount(pairs.corpus[result.pairs.ravel()]) / result.pairs.size

    assert shares() == pytest.approx([0.75, 0.25], abs=0.001)  # 20 epochs: exact
    weighted = shares(corpora={"weights": {"c0": 1, "c1": 3}})
    assert binomtest(round(weighted[0] * 2400), 2400, 0.25).pvalue > 0.001
    alone = numbered(np.ones((20, 2)), corpus=[0] * 19 + [1])
    alone.rows[19] = -1
    with pytest.raises(BatchError, match="'c1' has a weight but no usable pair"):
        plan(alone, "mono", corpora={"weights": {"c0": 1, "c1": 1}})


def two_corpora():
    """Return 40 pairs of c0 in en, de and es, and 20 of c1 in en and zh."""
    available = np.zeros((60, 4))
    available[:40, :3] = 1
    available[40:, [0, 3]] = 1
    return numbered(available, corpus=[0] * 40 + [1] * 20)


def test_a_place_goes_by_weight_to_the_corpora_that_have_its_languages():
    pairs = two_corpora()
    weights = {"corpora": {"weights": {"c0": 1, "c1": 3}}}
    result = plan(pairs, "mono", batches=900, **weights)
    corpus = pairs.corpus[result.pairs]
    of_language = [corpus[result.query_languages == number] for number in range(4)]
    assert [set(found.tolist()) for found in of_language] == [{0, 1}, {0}, {0}, {1}]
    assert binomtest(int((of_language[0] == 1).sum()), of_language[0].size, 0.75).pvalue > 0.001
    assert set(pairs.corpus[plan(pairs, "cross", **weights).pairs].ravel().tolist()) == {0, 1}
    with pytest.raises(BatchError, match="no corpus that has zh has a weight above 0"):
        plan(pairs, "mono", corpora={"weights": {"c0": 1}})


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_every_strategy_keeps_its_guarantees(data):
    pairs, languages, size = data.draw(st.integers(8, 40)), data.draw(st.integers(2, 4)), data.draw(st.integers(2, 4))
    cells = st.lists(st.booleans(), min_size=pairs * languages, max_size=pairs * languages)
    available = np.array(data.draw(cells)).reshape(pairs, languages)
    available[~available.any(axis=1), 0] = True
    keys = data.draw(st.lists(st.sets(st.integers(0, pairs), max_size=3), min_size=pairs, max_size=pairs))
    corpus = data.draw(st.lists(st.integers(0, 1), min_size=pairs, max_size=pairs))
    name = data.draw(st.sampled_from(list(STRATEGIES)))
    mix = data.draw(st.sampled_from(["batch", "pair"])) if name == "hybrid" else "batch"
    alpha = data.draw(st.sampled_from([0.0, 0.5, 1.0]))
    sampling = data.draw(st.sampled_from([{}, {"corpora": {"temperature": 2}}, {"languages": {"temperature": 2}}]))
    training_set = numbered(available, keys, corpus)
    try:
        result = plan(training_set, name, alpha, mix=mix, batch_size=size, batches=20, **sampling)
    except BatchError:
        return
    for chosen, queries, passages in zip(result.pairs, result.query_languages, result.passage_languages, strict=True):
        assert len(set(chosen.tolist())) == size
        own = [key for pair in chosen.tolist() for key in keys[pair]]
        assert len(own) == len(set(own))
        assert available[chosen, queries].all()
        assert available[chosen, passages].all()
