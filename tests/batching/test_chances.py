"""What is left to chance: p of numbers of successes, by hand and by counting all outcomes."""

import itertools

import numpy as np
import pytest
from scipy import stats

from equilingual.batching import chances
from equilingual.batching.chances import count_p


def by_counting(successes, draws):
    """Return p by every outcome of the draws, one after the other."""
    tails = [0.0, 0.0]
    for outcome in itertools.product([0, 1], repeat=len(draws)):
        chance = np.prod([one if drawn else 1 - one for one, drawn in zip(draws, outcome, strict=True)])
        tails[0] += chance * (sum(outcome) <= successes)
        tails[1] += chance * (sum(outcome) >= successes)
    return min(1.0, 2 * min(tails))


@pytest.mark.parametrize("successes", range(8))
def test_p_of_unequal_draws_is_that_of_all_outcomes(successes):
    draws = np.array([0.02, 0.1, 0.3, 0.5, 0.9, 0.95, 0.99])
    assert count_p(successes, draws) == pytest.approx(by_counting(successes, draws), rel=1e-9)


def test_rare_draws_are_not_taken_for_normal_ones():
    """Of 40 batches with α from 1 to 0.9, six or more are cross-lingual in 1.3% of the plans, not in 0.17%."""
    draws = np.linspace(1, 0.9, 40)
    p = count_p(34, draws)
    expected = 2 * stats.poisson_binom(1 - draws).sf(5)
    assert p == pytest.approx(expected, rel=1e-9)
    normal = 2 * stats.norm.sf(abs(34 - draws.sum()) / np.sqrt((draws * (1 - draws)).sum()))
    assert p > 5 * normal


def test_certain_draws_allow_one_number():
    assert count_p(3, np.array([1.0, 1.0, 0.0, 1.0])) == 1.0
    assert count_p(2, np.array([1.0, 1.0, 0.0, 1.0])) == 0.0


def test_very_many_draws_have_normal_tails(monkeypatch):
    draws = np.linspace(0.2, 0.8, 3000)
    exact = [count_p(number, draws) for number in (1440, 1500, 1580)]
    monkeypatch.setattr(chances, "_MOST_EXACT", 100)
    assert [count_p(number, draws) for number in (1440, 1500, 1580)] == pytest.approx(exact, rel=0.06, abs=0.02)
    assert [count_p(number, np.repeat([1.0, 0.0], 200)) for number in (200, 199)] == [1.0, 0.0]
