"""Words and scores of BM25 by hand; an encoder's search against all cosines at once."""

import copy

import numpy as np
import pytest
from tiny import prepare_configured, write_tiny_encoder

from equilingual.config.encoding import EncodingSettings
from equilingual.encoders import EncoderError, load_encoder
from equilingual.encoders.embedding import embed
from equilingual.encoders.parts import KeptVectors
from equilingual.retrieval import pools
from equilingual.retrieval.pools import Bm25Pool, EncoderPool, best_places
from equilingual.retrieval.words import split_words


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("The cat's HAT, naïve!", "en", ["the", "cat", "s", "hat", "naïve"]),
        ("Straße", "de", ["strasse"]),
        ("हिन्दी में", "hi", ["हिन्दी", "में"]),
        ("北京的天气。", "zh", ["北京", "京的", "的天", "天气"]),
        ("我用iPhone 15，好", "zh", ["我用", "iphone", "15", "好"]),
        ("東京タワー", "ja", ["東京", "京タ", "タワ", "ワー"]),
        ("ไม่มี", "th", ["ไม", "ม่", "่ม", "มี"]),
        ("서울의 날씨", "ko", ["서울의", "날씨"]),
        ("北京 weather", "en", ["北京", "weather"]),
        ("བོད་ཡིག", "bo", ["བོད", "ཡིག"]),
        ("", "zh", []),
    ],
)
def test_words(text, language, words):
    assert split_words(text, language) == words


def test_scores_are_lucenes_formula_by_hand():
    pool = Bm25Pool([["The cat sat.", "The dog sat on the mat"], ["birds"]], language="en", threads=2)
    # 3 passages of 3, 6 and 1 words, 10/3 on average; idf = ln(1 + (3 - df + 0.5) / (df + 0.5)):
    # cat ln(1 + 2.5/1.5) = 0.980829, sat and the ln(1 + 1.5/2.5) = 0.470004.
    # tf / (tf + 1.5 (0.25 + 0.75 length / (10/3))): once in three words 1/2.3875, in six 1/3.4, twice in six 2/4.4.
    found = pool.search(["Cat sat?", "the", "unseen words", "birds the"], np.array([0, 0, 1, 0]), 2)
    assert found.places.tolist() == [[0, 1], [1, 0], [-1, -1], [2, 1]]
    assert found.scores[0] == pytest.approx([(0.980829 + 0.470004) / 2.3875, 0.470004 / 3.4], abs=1e-5)
    assert found.scores[1] == pytest.approx([0.470004 * 2 / 4.4, 0.470004 / 2.3875], abs=1e-5)
    assert found.own == pytest.approx([0.607679, 0.196860, 0, 0.196860], abs=1e-5)


def test_a_word_that_stands_twice_in_a_question_counts_twice():
    pool = Bm25Pool([["a b", "c d"]], language="en", threads=1)
    found = pool.search(["a", "a a"], np.array([0, 0]), 1)
    assert found.own[1] == pytest.approx(2 * found.own[0])


def test_chinese_is_found_by_two_characters():
    pool = Bm25Pool([["上海的天气很好", "北京在中国", "我爱北京"]], language="zh", threads=1)
    found = pool.search(["北京在哪里"], np.array([0]), 3)
    assert found.places.tolist() == [[1, 2, -1]]  # two pairs of characters, then one
    assert found.own.tolist() == [0]


@pytest.mark.parametrize("depth", [1, 3, 5, 8])
def test_ties_go_by_place_also_where_the_depth_cuts_them(depth):
    scores = np.array([0, 2, 1, 2, 1, 0, 1, 3], dtype=np.float32)
    assert best_places(scores, depth).tolist() == [7, 1, 3, 2, 4, 6][:depth]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    prepare_configured(
        encoder="tiny",
        source="folder",
        path=str(write_tiny_encoder(folder / "source")),
        query_prompt="ask: ",
        passage_prompt="read: ",
        query_length=12,
        passage_length=20,
        folder=folder / "tiny",
    )
    return load_encoder(folder / "tiny")


SIZES = {"encoding": EncodingSettings(query_length=12, passage_length=20, batch_tokens=64), "threads": 1}


def cosines(encoder, questions, passages):
    """The library's own encoding, with the prompts before the texts, and one matrix product."""
    parts = []
    for prompt, texts, length in (("ask: ", questions, 12), ("read: ", passages, 20)):
        encoder.max_seq_length = length
        vectors = encoder.encode([prompt + text for text in texts], prompt="").astype(np.float64)
        parts.append(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    return parts[0] @ parts[1].T


@pytest.mark.parametrize("at_once", [7, 1000])
def test_an_encoder_finds_what_all_cosines_say(encoder, tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(pools, "VECTORS_AT_ONCE", at_once)
    rng = np.random.default_rng(3)
    passages = ["".join(rng.choice(list("abcdefgh "), size=30)) for _ in range(40)]
    questions = ["".join(rng.choice(list("abcdefgh "), size=10)) for _ in range(9)]
    own = rng.integers(0, 40, size=9)
    parts = [passages[:16], passages[16:]]
    found = EncoderPool(parts, encoder=encoder, folder=tmp_path, **SIZES).search(questions, own, 12)
    expected = cosines(encoder, questions, passages)
    assert found.places.tolist() == np.argsort(-expected, axis=1)[:, :12].tolist()
    assert np.allclose(found.scores, -np.sort(-expected, axis=1)[:, :12], atol=1e-5)
    assert np.allclose(found.own, expected[np.arange(9), own], atol=1e-5)
    assert list(tmp_path.iterdir()) == []


def test_passages_of_equal_vectors_keep_their_order_over_parts(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(pools, "VECTORS_AT_ONCE", 3)
    passages = [["abc", "xyz qr", "abc", "abc", "abc"]]
    found = EncoderPool(passages, encoder=encoder, folder=tmp_path, **SIZES).search(["a"], np.array([0]), 3)
    tied = [place for place in found.places[0].tolist() if place != 1]
    assert tied == [0, 2, 3][: len(tied)]


def test_vectors_that_are_not_finite_are_refused(encoder, tmp_path):
    """Every comparison with NaN is false: the first passages would pass for the best."""
    broken = copy.deepcopy(encoder)
    row = broken.tokenizer.get_vocab()["z"]
    broken[0].auto_model.get_input_embeddings().weight.data[row] = 3e38  # no other text sees it
    with pytest.raises(EncoderError, match="passages, row 1: the vector of 'a z' is not finite"):
        EncoderPool([["abc", "a z"]], encoder=broken, folder=tmp_path, **SIZES)
    pool = EncoderPool([["abc"]], encoder=broken, folder=tmp_path, **SIZES)
    with pytest.raises(EncoderError, match="questions, row 1: the vector of 'a z' is not finite"):
        pool.search(["abc", "a z"], np.array([0, 0]), 1)


def test_kept_vectors_are_not_encoded_again(encoder, tmp_path, monkeypatch, caplog):
    """Of a job that was killed after the passages and the first questions."""
    passages, questions, own = [["abc", "b cd"], ["efg", "h a"]], ["a", "b c", "d"], np.array([0, 1, 2])
    expected = EncoderPool(passages, encoder=encoder, folder=tmp_path, **SIZES).search(questions, own, 4)
    kept = KeptVectors(tmp_path / "work", "this encoder")
    EncoderPool(passages, encoder=encoder, folder=tmp_path, kept=kept, **SIZES).search(questions[:2], own[:2], 4)
    asked = []

    def embed_one(encoder, texts, **options):
        asked.append((options["where"], list(texts)))
        return embed(encoder, texts, **options)

    monkeypatch.setattr(pools, "embed", embed_one)
    caplog.set_level("INFO")
    pool = EncoderPool(passages, encoder=encoder, folder=tmp_path, kept=kept, **SIZES)
    assert caplog.messages == ["passages: continuing an interrupted run: 2 are already encoded"] * 2
    pool.search(questions[:2], own[:2], 4)
    assert asked == []
    found = pool.search(questions, own, 4)  # another part of the questions
    assert asked == [("questions", questions)]
    for name in ("places", "scores", "own"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name

    asked.clear()
    for changed in ({"query_length": 11}, {"passage_length": 19}, {"batch_tokens": 60}):
        encoding = SIZES["encoding"].model_copy(update=changed)
        other = EncoderPool(passages, encoder=encoder, folder=tmp_path, kept=kept, **SIZES | {"encoding": encoding})
        other.search(questions[:2], own[:2], 4)
    assert [where for where, _ in asked] == ["questions", *["passages"] * 4, "questions"]
    asked.clear()
    EncoderPool(passages, encoder=encoder, folder=tmp_path, kept=KeptVectors(tmp_path / "work", "another"), **SIZES)
    assert [texts for _, texts in asked] == passages


def test_a_damaged_file_of_kept_vectors_is_encoded_again(encoder, tmp_path, caplog):
    kept = KeptVectors(tmp_path / "work", "this encoder")
    first = EncoderPool([["abc", "b cd"]], encoder=encoder, folder=tmp_path, kept=kept, **SIZES)
    (file,) = (tmp_path / "work").iterdir()
    good = file.read_bytes()
    file.write_bytes(good[:150] + bytes([good[150] ^ 1]) + good[151:])
    again = EncoderPool([["abc", "b cd"]], encoder=encoder, folder=tmp_path, kept=kept, **SIZES)
    assert any("is damaged: its texts are encoded again" in message for message in caplog.messages)
    assert file.read_bytes() == good
    one, other = (pool.search(["a"], np.array([0]), 2) for pool in (first, again))
    assert np.array_equal(one.scores, other.scores)
