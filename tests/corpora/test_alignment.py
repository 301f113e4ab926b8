import math
from functools import cache

import numpy as np
import pytest
from scipy.stats import norm

from equilingual.corpora.alignment import align_sentences
from equilingual.corpora.sentences import sentence_spans


def test_equal_shapes_align_one_to_one():
    assert align_sentences([20, 80, 35], [25, 100, 40]) == [(0, 1), (1, 2), (2, 3)]


def test_a_sentence_that_was_split_keeps_both_halves():
    assert align_sentences([30, 100, 30], [30, 50, 50, 30]) == [(0, 1), (1, 3), (3, 4)]


def test_two_sentences_that_were_joined_share_the_one():
    assert align_sentences([30, 50, 50, 30], [30, 100, 30]) == [(0, 1), (1, 2), (1, 2), (2, 3)]


def test_a_sentence_without_a_counterpart_has_an_empty_range():
    ranges = align_sentences([200, 10, 200], [200, 200])
    assert ranges[0] == (0, 1)
    assert ranges[2] == (1, 2)
    assert all(0 <= start <= end <= 2 for start, end in ranges)


def test_nothing_aligns_with_nothing():
    assert align_sentences([], []) == []
    assert align_sentences([5], []) == [(0, 0)]


def best_by_definition(here, there):
    """Return the likeliest alignment of all, by Gale and Church's section 3, with their numbers."""
    priors = {
        (1, 1): 0.89,
        (1, 0): 0.00495,
        (0, 1): 0.00495,
        (2, 1): 0.0445,
        (1, 2): 0.0445,
        (1, 3): 0.01,
        (3, 1): 0.01,
    }
    ratio = sum(there) / sum(here)

    def cost(first, second, prior):
        deviation = math.sqrt(6.8 * ratio**2 * (first + second / ratio) / 2)
        return -math.log(prior) - math.log(max(2 * norm.sf(abs(second - ratio * first) / deviation), 1e-100))

    @cache
    def best(i, j):
        if i == len(here) and j == len(there):
            return 0.0, ()
        found = []
        for (a, b), prior in priors.items():
            if i + a <= len(here) and j + b <= len(there):
                rest, ranges = best(i + a, j + b)
                total = cost(sum(here[i : i + a]), sum(there[j : j + b]), prior) + rest
                found.append((total, ((j, j + b),) * a + ranges))
        return min(found)

    return list(best(0, 0)[1])


@pytest.mark.parametrize("longest", [36, 120, 300])
def test_the_alignment_is_the_likeliest_of_all(longest):
    rng = np.random.default_rng(7)
    for _ in range(40):
        # No length comes twice: there are hardly any two alignments that are as likely.
        here = rng.permutation(np.arange(5, 120))[: rng.integers(1, 7)].tolist()
        there = rng.permutation(np.arange(2, longest))[: rng.integers(1, 7)].tolist()
        assert align_sentences(here, there) == best_by_definition(here, there)


def test_a_translation_twice_as_long_aligns_by_its_own_measure():
    assert align_sentences([20, 40, 20], [40, 80, 40]) == [(0, 1), (1, 2), (2, 3)]
    assert align_sentences([40, 20, 60], [120, 60, 100, 80]) == [(0, 1), (1, 2), (2, 4)]


def texts(text, language):
    return [text[start:end] for start, end in sentence_spans(text, language)]


def test_abbreviations_and_numbers_do_not_end_a_sentence():
    assert texts("Dr. Lee paid 3.5 dollars. Why?  Yes.", "en") == ["Dr. Lee paid 3.5 dollars.", "Why?", "Yes."]


def test_an_ideographic_full_stop_ends_a_sentence_before_a_digit():
    assert texts("他說「好。」了。1318年即位。B是二。", "zh") == ["他說「好。」", "了。", "1318年即位。", "B是二。"]


def test_every_character_that_is_not_space_is_in_one_span():
    for text, language in (("", "en"), ("   ", "de"), ("no end", "xx"), ("สวัสดี ครับ", "th"), ("a.\n\nb", "zh-Hant")):
        covered = "".join(text[start:end] for start, end in sentence_spans(text, language))
        assert "".join(covered.split()) == "".join(text.split())


def test_a_wide_space_between_a_letter_and_a_full_stop_does_no_harm():
    assert texts("Plan B\u3000. Then\xa0it ends.", "en") == ["Plan B\u3000.", "Then\xa0it ends."]
    for space in "\x85\xa0\u1680\u2000\u2009\u2028\u2029\u202f\u205f\u3000":
        for language in ("en", "fr", "zh", "am"):
            assert "".join(texts(f"A B{space}. c", language)).replace(" ", "") == f"AB{space}.c"
