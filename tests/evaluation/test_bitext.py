"""F1 of matching against scikit-learn's, and mining against a slow implementation."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from equilingual.evaluation import bitext
from equilingual.evaluation.bitext import MinedPairs, best_threshold, mine_pairs, score_mining, weighted_f1


def test_weighted_f1_by_hand():
    # Targets 0, 1, 2: the first was predicted for two queries, its own among them (2/3); the second never; the third right.
    assert weighted_f1(np.array([0, 0, 2]), np.array([0, 1, 2])) == pytest.approx((2 / 3 + 0 + 1) / 3)


@pytest.mark.parametrize("distinct", [True, False])
def test_weighted_f1_is_scikit_learns(distinct):
    rng = np.random.default_rng(1)
    relevant = rng.permutation(300) if distinct else rng.integers(0, 80, 300)
    predicted = np.where(rng.random(300) < 0.6, relevant, rng.integers(0, 900, 300))  # also rows that are never right
    theirs = f1_score(relevant, predicted, average="weighted", zero_division=0)
    assert weighted_f1(predicted, relevant) == pytest.approx(theirs, abs=1e-12)


def slow_pairs(sources, targets, neighbours):
    cosines = sources.astype(np.float64) @ targets.T.astype(np.float64)
    there = [sorted(range(len(targets)), key=lambda t: (-row[t], t))[:neighbours] for row in cosines]
    back = [sorted(range(len(sources)), key=lambda s: (-row[s], s))[:neighbours] for row in cosines.T]

    def margin(s, t):
        mean = (np.mean([cosines[s, x] for x in there[s]]) + np.mean([cosines[x, t] for x in back[t]])) / 2
        return cosines[s, t] / mean if mean > 0 else 0.0

    pairs = {(s, max(there[s], key=lambda t: margin(s, t))) for s in range(len(sources))}
    pairs |= {(max(back[t], key=lambda s: margin(s, t)), t) for t in range(len(targets))}
    kept = []
    for s, t in sorted(pairs, key=lambda pair: (-margin(*pair), *pair)):
        if all(s != x and t != y for x, y, _ in kept):
            kept.append((s, t, margin(s, t)))
    return kept


@pytest.fixture(params=["one block", "many blocks"])
def blocks(request, monkeypatch):
    if request.param == "many blocks":
        monkeypatch.setattr(bitext, "_SOURCES", 7)
        monkeypatch.setattr(bitext, "_TARGETS", 3)  # fewer than the neighbours


@pytest.mark.usefixtures("blocks")
def test_pairs_of_random_texts():
    rng = np.random.default_rng(2)
    sources = rng.standard_normal((40, 8)).astype(np.float32)
    targets = np.concatenate([sources[:25] + 0.4 * rng.standard_normal((25, 8)), rng.standard_normal((30, 8))])
    sources, targets = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (sources, targets.astype(np.float32)))
    found = mine_pairs(sources, targets)
    expected = slow_pairs(sources, targets, 4)
    assert list(zip(found.sources.tolist(), found.targets.tolist(), strict=True)) == [pair[:2] for pair in expected]
    assert found.scores == pytest.approx([pair[2] for pair in expected], rel=1e-6)
    assert (np.diff(found.scores) <= 0).all()


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("neighbours", [1, 4])
def test_equal_cosines_go_by_row(neighbours):
    rng = np.random.default_rng(3)
    sources, targets = (
        rng.choice([-0.5, 0.5], (size, 4)).astype(np.float32) for size in (30, 20)
    )  # exact in any order
    found = mine_pairs(sources, targets, neighbours=neighbours)
    expected = slow_pairs(sources, targets, neighbours)
    assert list(zip(found.sources.tolist(), found.targets.tolist(), found.scores.tolist(), strict=True)) == expected
    assert len(set(found.sources.tolist())) == len(found.sources)
    assert len(set(found.targets.tolist())) == len(found.targets)


def test_the_margin_demotes_a_text_that_is_near_to_everything():
    hub = np.array([0.9, 0.9, 0.9]) / np.linalg.norm([0.9, 0.9, 0.9])
    sources = np.eye(3, dtype=np.float32)
    targets = np.stack([hub, [0.55, (1 - 0.55**2) ** 0.5 * 0.1, -0.83]]).astype(np.float32)
    assert (sources[0] @ targets[0]) > (sources[0] @ targets[1])
    found = mine_pairs(sources, targets, neighbours=2)
    assert dict(zip(found.targets.tolist(), found.sources.tolist(), strict=True))[1] == 0


def test_fewer_texts_than_neighbours_and_no_texts():
    found = mine_pairs(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)[:1])
    assert (found.sources.tolist(), found.targets.tolist()) == ([0], [0])
    assert found.scores.tolist() == [1 / ((1 + 0.5) / 2)]
    with pytest.raises(ValueError, match="3 source texts, 0 target texts"):
        mine_pairs(np.zeros((3, 2)), np.zeros((0, 2)))


def test_opposite_texts_have_no_margin():
    found = mine_pairs(np.array([[1.0, 0.0]], dtype=np.float32), np.array([[-1.0, 0.0]], dtype=np.float32))
    assert found.scores.tolist() == [0]  # and not -1 / -1


def f1_from(scores, correct, gold, threshold):
    taken = scores >= threshold
    return 2 * (taken & correct).sum() / (taken.sum() + gold)


def test_the_best_threshold_has_the_highest_f1():
    rng = np.random.default_rng(4)
    for gold in (5, 20, 60):
        scores = np.round(rng.random(50), 1)  # many equal
        correct = rng.random(50) < scores
        best = max(f1_from(scores, correct, gold, threshold) for threshold in np.append(scores, 2.0))
        assert f1_from(scores, correct, gold, best_threshold(scores, correct, gold)) == best


def test_the_threshold_lies_midway():
    scores = np.array([1.5, 1.25, 1.125, 1.0])
    assert best_threshold(scores, np.array([True, True, False, False]), 2) == (1.25 + 1.125) / 2
    assert best_threshold(scores[::-1], np.array([False, False, True, True]), 2) == (1.25 + 1.125) / 2
    # F1 is 2/3 with the first alone and with all four.
    assert best_threshold(scores, np.array([True, False, False, True]), 2) == (1.5 + 1.25) / 2
    assert best_threshold(scores, np.array([True, True, True, True]), 4) == 1.0
    assert best_threshold(scores, np.zeros(4, dtype=bool), 4) == (1.5 + 1.25) / 2
    near = np.array([np.nextafter(1, 2), 1.0])
    assert best_threshold(near, np.array([True, False]), 1) == near[0]  # nothing lies between them
    with pytest.raises(ValueError, match="no pairs to choose a threshold on"):
        best_threshold(np.array([]), np.array([], dtype=bool), 3)


def test_mined_pairs_against_gold():
    pairs = MinedPairs(np.array([3, 0, 9, 1]), np.array([2, 0, 1, 5]), np.array([1.4, 1.3, 1.2, 0.9]))
    gold = np.array([[0, 0], [3, 2], [1, 5], [7, 7], [9, 2]])
    assert pairs.correct(gold).tolist() == [True, True, False, True]
    score = score_mining(pairs, gold, 1.2)
    assert (score.precision, score.recall, score.mined) == (2 / 3, 2 / 5, 3)
    assert score.f1 == pytest.approx(2 * (2 / 3) * (2 / 5) / (2 / 3 + 2 / 5))
    nothing = score_mining(pairs, gold, 2.0)
    assert (nothing.f1, nothing.precision, nothing.recall, nothing.mined) == (0, 0, 0, 0)
