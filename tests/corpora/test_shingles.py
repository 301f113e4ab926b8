"""How alike texts are: by hand, against sets of strings, and how many of the like ones are found."""

import random

import numpy as np
import pytest

from equilingual.corpora.shingles import Nearness, ShingleSets, _least_hashes, band_hashes, shingle_hashes


def test_a_shingle_is_a_run_of_characters_within_one_text():
    hashes, starts = shingle_hashes(["abcab", "xy", "éab中", "bcab"], 3)
    assert starts.tolist() == [0, 3, 4, 6, 8]  # abc bca cab | xy | éab ab中 | bca cab
    assert hashes[1:3].tolist() == hashes[6:8].tolist()
    assert len(set(hashes.tolist())) == 6
    for text, start, end in (("xy", 3, 4), ("éab中", 4, 6)):  # as it is alone
        assert shingle_hashes([text], 3)[0].tolist() == hashes[start:end].tolist()
    assert shingle_hashes(["xy"], 3)[0].tolist() != shingle_hashes(["xyz"], 3)[0].tolist()


def test_empty_texts_have_one_shingle():
    hashes, starts = shingle_hashes(["", "a", ""], 2)
    assert starts.tolist() == [0, 1, 2, 3]
    assert hashes[0] == hashes[2] != hashes[1]


@pytest.mark.parametrize(
    ("threshold", "permutations", "rows", "bands", "found"),
    [
        # One more hash a band would find 1 - (1 - 0.8**10)**25 = 94.2% of the pairs at the threshold.
        (0.8, 128, 4, 32, 1 - (1 - 0.8**8) ** 32),
        (0.5, 128, 2, 64, 1 - (1 - 0.5**4) ** 64),
        (0.9, 128, 8, 16, 1 - (1 - 0.9**16) ** 16),
        (1.0, 128, 128, 1, 1.0),
        (0.1, 16, 1, 16, 1 - 0.99**16),  # too few for such a threshold: as good as it gets
    ],
)
def test_bands_are_as_long_as_lets_19_in_20_at_the_threshold_be_found(threshold, permutations, rows, bands, found):
    nearness = Nearness(threshold, permutations, 5)
    assert (nearness.band_rows, nearness.bands) == (rows, bands)
    assert nearness.found_at_threshold == pytest.approx(found)


def words(rng, count):
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(count))


def strings(text, size):
    return {text[start : start + size] for start in range(max(1, len(text) - size + 1))}


def jaccard(first, second, size):
    first, second = strings(first, size), strings(second, size)
    return len(first & second) / len(first | second)


def test_least_hashes_agree_as_often_as_texts_are_alike():
    rng = random.Random(3)
    for share in (20, 60, 90):
        text = words(rng, 200)
        other = text[: 2 * share] + words(rng, 200 - 2 * share)
        least = _least_hashes(*shingle_hashes([text, other], 5), 4096, "question")
        agreeing = float((least[0] == least[1]).mean())
        assert agreeing == pytest.approx(jaccard(text, other, 5), abs=0.03)  # four standard deviations


def test_similarity_is_the_lesser_of_question_and_passage(tmp_path):
    rng = random.Random(4)
    questions = [words(rng, 40) + "the same" for _ in range(4)] + ["ab", "ab", ""]
    passages = [words(rng, 20) + questions[0] for _ in range(4)] + ["one text", "other text", ""]
    pairs = np.array([2, 3, 5, 8, 13, 21, 34])
    with ShingleSets(pairs, Nearness(0.5, 128, 4), tmp_path) as sets:
        for some in ([1, 4, 6], [0, 2, 3, 5]):  # in two stretches, not in one order
            sets.add(pairs[some], [questions[n] for n in some], [passages[n] for n in some])
        for i, first in enumerate(pairs.tolist()):
            for j, second in enumerate(pairs.tolist()):
                expected = min(jaccard(questions[i], questions[j], 4), jaccard(passages[i], passages[j], 4))
                assert sets.similarity(first, second) == pytest.approx(expected)
    assert list(tmp_path.iterdir()) == []


def test_a_pair_is_compared_where_question_and_passage_are_alike_and_seldom_where_one_is():
    rng = random.Random(5)
    count, nearness = 200, Nearness(0.8, 128, 5)
    passage = words(rng, 400)
    one_passage = band_hashes([words(rng, 60) for _ in range(count)], [passage] * count, nearness)
    one_question = band_hashes([words(rng, 60)] * count, [words(rng, 400) for _ in range(count)], nearness)
    same = band_hashes(["who?"] * count, [passage] * count, nearness)
    assert (same == same[0]).all()
    for bands in (one_passage, one_question):
        assert bands.shape == (count, 32)
        assert not (bands[1:] == bands[:-1]).any()


def test_hashes_do_not_depend_on_what_else_is_hashed(monkeypatch):
    rng = random.Random(6)
    questions, passages = ([words(rng, size) for size in (3, 50, 7000, 12, 200)] for _ in range(2))
    nearness = Nearness(0.7, 64, 5)
    together = band_hashes(questions, passages, nearness)
    monkeypatch.setattr("equilingual.corpora.shingles._CHARACTERS_AT_ONCE", 300)
    assert (band_hashes(questions, passages, nearness) == together).all()
    assert len({row.tobytes() for row in together}) == 5
