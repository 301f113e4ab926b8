"""Batches of tokens by hand: a byte is a token, and every text has two more."""

import pytest
from tiny import write_tiny_encoder

from equilingual.encoders.tokens import tokenize

# With <s> and </s>: 3, 6, 3, 5, 10 and 4 tokens.
TEXTS = ["a", "bcde", "f", "ghi", "jklmnopq", "rs"]


@pytest.fixture
def encoder(tmp_path):
    from sentence_transformers import SentenceTransformer

    found = SentenceTransformer(str(write_tiny_encoder(tmp_path / "source")), device="cpu")
    found.prompts = {"query": "", "document": "xyz"}
    return found


def batches(encoder, batch_tokens, prompt="query", length=64):
    tokens = tokenize(encoder, TEXTS, prompt=prompt, length=length)
    return [rows.tolist() for rows, _ in tokens.batches(batch_tokens)]


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (1, [[4], [1], [3], [5], [0], [2]]),  # a text that does not fit is alone
        (10, [[4], [1], [3, 5], [0, 2]]),  # 5 and 4 tokens: 2 x 5
        (12, [[4], [1, 3], [5, 0, 2]]),
        (17, [[4], [1, 3], [5, 0, 2]]),  # three texts of 6 would be 18
        (18, [[4], [1, 3, 5], [0, 2]]),
        (60, [[4, 1, 3, 5, 0, 2]]),
    ],
)
def test_a_batch_has_as_many_texts_as_fit_padded_to_the_longest(encoder, budget, expected):
    assert batches(encoder, budget) == expected


def test_lengths_are_those_after_the_cut(encoder):
    # At 4 tokens, prompt and ends included, all texts are equally long and stay in their order.
    assert batches(encoder, 8, "document", 4) == [[0, 1], [2, 3], [4, 5]]


def test_sizes_before_the_cut_have_the_prompt(encoder):
    tokens = tokenize(encoder, TEXTS, prompt="document", length=8)
    assert tokens.whole.tolist() == [6, 9, 6, 8, 13, 7]
    assert tokens.sizes.tolist() == [6, 8, 6, 8, 8, 7]


def test_counting_the_tokens_of_a_long_text_is_no_warning(encoder):
    """transformers notes that it warned of a text that is longer than the tokenizer's own limit."""
    encoder.tokenizer.model_max_length = 4
    tokenize(encoder, TEXTS, prompt="query", length=4)
    assert not encoder.tokenizer.deprecation_warnings
    encoder.tokenizer("longer than four")
    assert encoder.tokenizer.deprecation_warnings


@pytest.mark.parametrize("side", ["right", "left"])
def test_features_are_those_of_the_encoders_own_library(encoder, side, monkeypatch):
    """Tokenized two at a time, out of order: what is padded is cut off, and padded anew with the batch."""
    monkeypatch.setattr("equilingual.encoders.tokens._TEXTS_AT_ONCE", 2)
    encoder.tokenizer.padding_side = side
    encoder.tokenizer.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    encoder.tokenizer._pad_token_type_id = 3
    for rows, found in tokenize(encoder, TEXTS, prompt="document", length=9).batches(24):
        expected = encoder.preprocess([TEXTS[row] for row in rows], prompt="xyz")
        assert found.keys() == expected.keys() > {"input_ids", "token_type_ids", "attention_mask", "prompt_length"}
        for name, value in expected.items():
            assert getattr(found[name], "tolist", lambda name=name, found=found: found[name])() == (
                value.tolist() if hasattr(value, "tolist") else value
            )
