"""What top lists show: shares, fairness and overlap, by hand, against scipy and a slow implementation."""

from itertools import combinations

import numpy as np
import pytest
import scipy.stats
from scipy.spatial.distance import jensenshannon

from equilingual.evaluation import exposure
from equilingual.evaluation.exposure import (
    awrf,
    jensen_shannon,
    kl_divergence,
    language_shares,
    overlap_between_languages,
    rank_biased_overlap,
)

LANGUAGES = np.array([0, 0, 1, 2, 1])  # of five candidates
TOPS = np.array([[2, 0, 1, 3], [4, -1, -1, -1], [-1, -1, -1, -1]])


def test_language_shares_by_hand():
    shares = language_shares(TOPS, LANGUAGES, 3, 4)
    assert shares[:2].tolist() == [[0.5, 0.25, 0.25], [0, 1, 0]]
    assert np.isnan(shares[2]).all()
    assert language_shares(TOPS, LANGUAGES, 4, 2)[:2].tolist() == [[0.5, 0.5, 0, 0], [0, 1, 0, 0]]


def test_exposure_falls_with_the_logarithm_of_the_place():
    total = 1 + 1 / np.log2(3) + 1 / 2 + 1 / np.log2(5)
    expected = np.array([1 / np.log2(3) + 1 / 2, 1, 1 / np.log2(5)]) / total
    assert language_shares(TOPS, LANGUAGES, 3, 4, discounted=True)[0] == pytest.approx(expected)


@pytest.mark.parametrize("depth", [0, 5])
def test_lists_shorter_than_the_depth_are_refused(depth):
    with pytest.raises(ValueError, match=f"first {depth} of lists of 4"):
        language_shares(TOPS, LANGUAGES, 3, depth)


def test_divergences_are_scipys():
    rng = np.random.default_rng(1)
    shares, pool = rng.dirichlet(np.ones(6), 5), rng.dirichlet(np.ones(6), 5)
    shares[0, :3] = 0
    shares[0] /= shares[0].sum()
    assert kl_divergence(shares, pool) == pytest.approx(scipy.stats.entropy(shares, pool, base=2, axis=1))
    assert jensen_shannon(shares, pool) == pytest.approx(jensenshannon(shares, pool, base=2, axis=1) ** 2)
    assert kl_divergence(shares, pool[0]) == pytest.approx(
        [scipy.stats.entropy(row, pool[0], base=2) for row in shares]
    )


def test_divergence_of_what_was_not_expected_is_infinite():
    assert kl_divergence(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == np.inf
    assert kl_divergence(np.array([0.0, 1.0]), np.array([0.5, 0.5])) == 1
    assert np.isnan(kl_divergence(np.array([np.nan, np.nan]), np.array([0.5, 0.5])))


def test_awrf():
    values = awrf(TOPS, LANGUAGES, 3, 4)
    seen = [1 / np.log2(3) + 1 / 2, 1, 1 / np.log2(5)]
    assert values[0] == pytest.approx(1 - jensenshannon(seen, np.ones(3), base=2) ** 2)
    assert values[1] == pytest.approx(1 - jensenshannon([0, 1, 0], np.ones(3), base=2) ** 2)
    assert np.isnan(values[2])


def test_awrf_against_given_shares():
    one, each = np.array([0.2, 0.5, 0.3]), np.array([[0.2, 0.5, 0.3], [0, 1, 0], [1, 0, 0]])
    seen = [1 / np.log2(3) + 1 / 2, 1, 1 / np.log2(5)]
    fair = 1 - jensenshannon(seen, one, base=2) ** 2
    assert awrf(TOPS, LANGUAGES, 3, 4, target=one)[0] == pytest.approx(fair)
    assert awrf(TOPS, LANGUAGES, 3, 4, target=each)[:2] == pytest.approx([fair, 1])
    assert awrf(np.array([[0]]), LANGUAGES, 3, 1, target=np.array([0, 0.5, 0.5])) == pytest.approx([0])


def slow_overlap(first, second, p):
    """Equation 32 of Webber et al. 2010, depth by depth, with sets."""
    first, second = ([item for item in items if item >= 0] for items in (first, second))
    short, long = sorted([first, second], key=len)
    s, length = len(short), len(long)
    if not s:
        return float("nan")
    x = [len(set(short[:depth]) & set(long[:depth])) for depth in range(length + 1)]
    seen = sum(x[d] / d * p**d for d in range(1, length + 1))
    guessed = sum(x[s] * (d - s) / (s * d) * p**d for d in range(s + 1, length + 1))
    return (1 - p) / p * (seen + guessed) + ((x[length] - x[s]) / length + x[s] / s) * p**length


def test_overlap_by_hand():
    a = np.array([[1, 2, 3], [1, 2, 3], [1, 2, 3], [7, 8, -1]])
    b = np.array([[1, 3, 2], [1, 2, 3], [4, 5, 6], [8, 7, 9]])
    # First: overlaps 1, 1, 3 -> 1/2 + (1/2)/4 + 1/8, and 1/8 for the rest. Last: 0, 2, 2 over lengths 2 and 3 ->
    # 1/4 + (2/3)/8 + 2 (1/6)/8, and 1/8 for the rest.
    assert rank_biased_overlap(a, b, p=0.5) == pytest.approx([0.875, 1, 0, 0.5])
    assert rank_biased_overlap(b, a, p=0.5) == pytest.approx([0.875, 1, 0, 0.5])
    # An example that is known from other implementations.
    assert rank_biased_overlap(np.array([[1, 2, 3, 4, 5]]), np.array([[2, 3, 4, 1, 5]])) == pytest.approx(
        [0.828], abs=5e-4
    )


def test_overlap_of_lists_of_any_lengths():
    rng = np.random.default_rng(2)
    a, b = (np.stack([rng.permutation(30)[:20] for _ in range(60)]) for _ in range(2))
    for lists in (a, b):
        lists[np.arange(20) >= rng.integers(0, 21, (60, 1))] = -1
    b = b[:, :15]
    for p in (0.5, 0.9, 0.98):
        expected = [slow_overlap(*pair, p) for pair in zip(a.tolist(), b.tolist(), strict=True)]
        assert rank_biased_overlap(a, b, p=p) == pytest.approx(expected, nan_ok=True, rel=1e-12)
    assert np.isnan(expected).any()


@pytest.mark.parametrize("block", [None, 400])
def test_overlap_between_languages(monkeypatch, block):
    if block:
        monkeypatch.setattr(exposure, "_BLOCK", block)  # two questions at once
    rng = np.random.default_rng(3)
    asked = rng.permutation(
        [(question, language) for question in range(9) for language in range(4) if (question + language) % 5]
    )
    tops = np.stack([rng.permutation(40)[:12] for _ in asked])
    found = overlap_between_languages(tops, asked[:, 0], asked[:, 1], 4, p=0.8)
    assert found.shape == (9, 6)
    row = {tuple(pair): number for number, pair in enumerate(asked.tolist())}
    for question in range(9):
        for column, (a, b) in enumerate(combinations(range(4), 2)):
            both = (question, a) in row and (question, b) in row
            expected = slow_overlap(*(tops[row[question, lang]].tolist() for lang in (a, b)), 0.8) if both else np.nan
            assert found[question, column] == pytest.approx(expected, nan_ok=True, rel=1e-12)


def test_overlap_of_wrong_input():
    tops = np.array([[1, 2], [2, 1]])
    with pytest.raises(ValueError, match="question 0 is asked twice in language 1"):
        overlap_between_languages(tops, np.array([0, 0]), np.array([1, 1]), 2)
    with pytest.raises(ValueError, match=r"between 0 and 1; found 1\.0"):
        rank_biased_overlap(tops, tops, p=1.0)
