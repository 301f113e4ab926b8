"""Lexical scores by hand and, of BM25, against the pool that hard negatives are mined from."""

import numpy as np
import pytest

from equilingual.retrieval.lexical.bm25 import Scorer as Bm25
from equilingual.retrieval.lexical.tfidf import Scorer as CharacterTfidf
from equilingual.retrieval.pools import Bm25Pool

TEXTS = ["The cat sat.", "The dog sat on the mat", "birds"]


def test_bm25_is_lucenes_formula_by_hand():
    # 3 candidates of 3, 6 and 1 words, 10/3 on average; idf = ln(1 + (3 - df + 0.5) / (df + 0.5)):
    # cat ln(1 + 2.5/1.5) = 0.980829, sat and the ln(1 + 1.5/2.5) = 0.470004.
    # tf / (tf + 1.5 (0.25 + 0.75 length / (10/3))): once in three words 1/2.3875, in six 1/3.4, twice in six 2/4.4.
    found = Bm25(TEXTS, ["en"] * 3).scores(["Cat sat?", "the the", "unseen words", ""], ["en"] * 4)
    assert found.dtype == np.float32
    assert found[0] == pytest.approx([(0.980829 + 0.470004) / 2.3875, 0.470004 / 3.4, 0], abs=1e-5)
    assert found[1] == pytest.approx([2 * 0.470004 / 2.3875, 2 * 0.470004 * 2 / 4.4, 0], abs=1e-5)
    assert not found[2:].any()


def test_bm25_scores_as_the_pool_of_negatives_does():
    rng = np.random.default_rng(2)
    words = [f"w{n}" for n in range(40)]
    texts = [" ".join(rng.choice(words, size=rng.integers(1, 9))) for _ in range(50)]
    queries = [" ".join(rng.choice(words, size=4)) for _ in range(20)]
    found = Bm25(texts, ["de"] * 50).scores(queries, ["de"] * 20)
    pool = Bm25Pool([texts[:20], texts[20:]], language="de", threads=1)
    expected = pool.search(queries, np.zeros(20, dtype=int), 50)
    for row, places, values in zip(found, expected.places, expected.scores, strict=True):
        there = places >= 0
        assert row[places[there]] == pytest.approx(values[there], rel=1e-5)
        assert (row > 0).sum() == there.sum()


def test_each_text_is_split_by_its_own_language():
    texts, languages = ["北京在中国 weather", "北京在中国 weather", "the 北京 weather"], ["zh", "en", "en"]
    found = Bm25(texts, languages).scores(["京在", "京在", "北京 weather"], ["zh", "en", "zh"]) > 0
    # 京在 is two characters that stand together in the Chinese text; an English text has it in no word.
    assert found.tolist() == [[True, False, False], [True, False, False], [True, True, True]]


def test_words_are_as_rare_as_in_the_pool():
    alone = Bm25(TEXTS[:1], ["en"]).scores(["cat"], ["en"])[0, 0]
    assert Bm25(TEXTS, ["en"] * 3).scores(["cat"], ["en"])[0, 0] > alone > 0


def test_a_pool_without_words_finds_nothing():
    assert Bm25(["", " "], ["en", "zh"]).scores(["cat", "北京"], ["en", "zh"]).tolist() == [[0, 0], [0, 0]]


def test_tfidf_of_characters_by_hand():
    # Candidates ab and b: runs a, b, ab; idf ln(3/2) + 1 for a and ab, ln(3/3) + 1 for b. Weights of ab: (i, 1, i),
    # of length sqrt(2 i² + 1); of b: (1). The query abb has b twice (1 + ln 2), and bb and abb, which nobody has.
    i, b = np.log(1.5) + 1, 1 + np.log(2)
    found = CharacterTfidf(["ab", "B"]).scores(["aBb", "z"])
    assert found.dtype == np.float32
    query, candidate = np.array([i, b, i]), np.array([i, 1, i])
    query, candidate = (vector / np.linalg.norm(vector) for vector in (query, candidate))
    assert found[0] == pytest.approx([query @ candidate, query[1]], abs=1e-6)
    assert found[1].tolist() == [0, 0]
