"""Parts of a training set: which pairs are drawn does not depend on the languages, and less is a part of more."""

import numpy as np
import pytest
from xxhash import xxh3_64_intdigest

from equilingual.batching import BatchError
from equilingual.batching.pairs import load_pairs
from equilingual.batching.subset import draw_questions
from equilingual.training_sets import TrainingSetFiles


@pytest.fixture
def drawn(corpus):
    """Return a function that loads a part of 40 pairs of 40 questions and returns the numbers of those in it."""
    files = corpus(40, ["en", "de", "fr"], passages=20)

    def load(languages, **part):
        chosen = {"c": {tag: files[tag] for tag in languages}}
        pairs = load_pairs(TrainingSetFiles("t", languages, chosen, **part))
        assert pairs.not_drawn == 40 - len(pairs)
        assert len(pairs.shared.offsets) == len(pairs) + 1
        return set(pairs.rows[:, 0].tolist())  # row n has pair n

    return load


def test_the_pairs_of_the_lowest_hashes_are_drawn_whatever_the_languages(drawn):
    by_hash = sorted(range(40), key=lambda n: xxh3_64_intdigest(f"c/p{n}".encode()))
    for count in (1, 7, 40):
        for languages in (["en", "de"], ["de", "en"], ["fr"]):
            assert drawn(languages, pairs=count) == set(by_hash[:count])
            assert drawn(languages, questions=count) == set(by_hash[:count])  # each pair has a question of its own


def test_a_question_comes_with_all_of_its_pairs():
    ids = np.array([9, 3, 5, 1, 7, 2], dtype=np.uint64)
    questions = np.array([10, 10, 20, 20, 30, 40], dtype=np.uint64)  # their least hashes: 3, 1, 7 and 2
    kept = np.ones(6, dtype=bool)
    assert draw_questions(ids, kept, 1, questions).tolist() == [False, False, True, True, False, False]
    assert draw_questions(ids, kept, 2, questions).tolist() == [False, False, True, True, False, True]
    assert draw_questions(ids, kept, 3, questions).tolist() == [True, True, True, True, False, True]
    kept[3] = False  # now 20 has the hash 5
    assert draw_questions(ids, kept, 2, questions).tolist() == [True, True, False, False, False, True]


def test_more_than_there_are_is_an_error(drawn):
    with pytest.raises(BatchError, match=r"41 pairs are asked for, but the training set has 40: lower its 'pairs'"):
        drawn(["en"], pairs=41)
    with pytest.raises(BatchError, match=r"50 questions are asked for, but the training set has 40"):
        drawn(["en"], questions=50)
