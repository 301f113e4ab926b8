"""Encoders of other modules are prepared as they are, and those whose vectors cannot be trusted are refused."""

import logging

import numpy as np
import pytest
import torch
from odd_models import change_json
from tiny import prepare_configured, save_again, write_tiny_encoder

from equilingual.encoders import EncoderError, load_encoder, read_manifest
from equilingual.encoders.checks import PADDING_TOLERANCE, TEXTS, Loaded, check_vectors, readers
from equilingual.encoders.reading import read_model


@pytest.fixture
def source(tmp_path):
    return write_tiny_encoder(tmp_path / "source")


def prepare(source, out, **changes):
    arguments = {"source": "folder", "path": str(source), "query_length": 32, "passage_length": 32} | changes
    prepare_configured(encoder="tiny", folder=out, **arguments)
    return load_encoder(out)


def save(folder, *modules):
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(modules=list(modules), device="cpu").save(str(folder))
    return folder


def static(source, dtype=torch.float32):
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    torch.manual_seed(1)
    module = StaticEmbedding(Tokenizer.from_file(str(source / "tokenizer.json")), embedding_dim=16)
    return module.to(dtype)


def pooled(source):
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    return [Transformer(str(source)), Pooling(16)]


def test_a_static_embedding_is_prepared_and_refused_for_training(source, tmp_path):
    from equilingual.training.weights import choose_weights

    found = prepare(save(tmp_path / "static", static(source)), tmp_path / "out")
    # Its vector is the mean of its tokens' rows; the tokenizer is one of bytes, without its ends.
    table, vocabulary = found[0].embedding.weight.detach().numpy(), found[0].tokenizer.get_vocab()
    expected = table[[vocabulary[letter] for letter in "abba"]].mean(axis=0)
    assert np.abs(found.encode("abba") - expected).max() < 1e-6
    with pytest.raises(EncoderError, match="only transformers can be trained"):
        choose_weights(found, word_embeddings="trained", lora=None)


def test_modules_after_one_of_16_bits_keep_their_digits(source, tmp_path):
    """sentence-transformers gives them its type."""
    from sentence_transformers.sentence_transformer.modules import Dense

    torch.manual_seed(2)
    dense = Dense(16, 4)
    weight = dense.linear.weight.detach().clone()
    folder = save(tmp_path / "static", static(source, torch.float16))
    (folder / "1_Dense").mkdir()
    dense.save(str(folder / "1_Dense"))
    entry = {"idx": 1, "name": "1", "path": "1_Dense", "type": "sentence_transformers.models.Dense"}
    change_json(folder / "modules.json", lambda modules: [*modules, entry])
    found = prepare(folder, tmp_path / "out")
    assert torch.equal(found[1].linear.weight, weight)
    assert not torch.equal(weight.half().float(), weight)
    assert {parameter.dtype for parameter in found.parameters()} == {torch.float32}
    assert read_manifest(tmp_path / "out")["saved_dtypes"] == ["float16", "float32"]


def test_the_routes_of_a_router_are_checked_and_kept(source, tmp_path):
    from sentence_transformers.sentence_transformer.modules import Router

    low = save_again(source, tmp_path / "low", lambda name, weight: weight.bfloat16())
    router = Router.for_query_document([static(source, torch.float16)], pooled(low))
    folder = save(tmp_path / "routed", router)
    found = prepare(folder, tmp_path / "out")
    assert [type(module).__name__ for module in readers(found)] == ["StaticEmbedding", "Transformer"]
    assert {parameter.dtype for parameter in found.parameters()} == {torch.float32}
    expected, _ = read_model("tiny", folder)
    for side in ("encode_query", "encode_document"):
        assert (getattr(found, side)("a text") == getattr(expected, side)("a text")).all()
    assert np.abs(found.encode_query("a text") - found.encode_document("a text")).max() > 0.01
    with pytest.raises(EncoderError, match=r"encoders\.tiny\.passage_length is 500, but the encoder reads at most 128"):
        prepare(folder, tmp_path / "long", passage_length=500)
    (folder / "document_0_Transformer/model.safetensors").unlink()
    with pytest.raises(EncoderError, match=r"no weights: there is no .*document_0_Transformer"):
        prepare(folder, tmp_path / "again")


def without_padding(folder, *more):
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        if (folder / name).exists():
            change_json(folder / name, lambda old: {k: v for k, v in old.items() if k not in {"pad_token", *more}})
    return folder


def test_a_tokenizer_without_padding_pads_with_the_end_of_a_text(source, tmp_path, caplog):
    expected = prepare(source, tmp_path / "expected")
    with caplog.at_level(logging.WARNING):
        found = prepare(without_padding(source), tmp_path / "out")
    assert "has no padding token: its end-of-text token '</s>' is used" in caplog.text
    assert found.tokenizer.pad_token == "</s>"
    assert np.abs(found.encode(list(TEXTS)) - expected.encode(list(TEXTS))).max() < 1e-6


def test_a_tokenizer_without_padding_and_ends_is_refused(source, tmp_path):
    with pytest.raises(
        EncoderError, match=r"without a padding token and without an end-of-text token: set a pad_token"
    ):
        prepare(without_padding(source, "eos_token"), tmp_path / "out")


def test_padding_that_is_read_is_refused(source, tmp_path):
    """A convolution over tokens reads the padding beside a text, and no mask reaches it."""
    from sentence_transformers.sentence_transformer.modules import CNN, Pooling

    torch.manual_seed(0)
    transformer, _ = pooled(source)
    folder = save(tmp_path / "whole", transformer, CNN(16, 4, [3]), Pooling(4))
    with pytest.raises(EncoderError, match=r"a different vector in a batch with a longer text \(values differ by"):
        prepare(folder, tmp_path / "out")


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_that_is_hidden_changes_nothing(tmp_path, kind, side):
    source = write_tiny_encoder(tmp_path / "source", kind=kind)
    change_json(source / "tokenizer_config.json", lambda old: old | {"padding_side": side})
    if (kind, side) == ("bert", "left"):  # whose positions are counted from the padding's first token on
        with pytest.raises(EncoderError, match=r"padding_side in tokenizer_config\.json"):
            prepare(source, tmp_path / "out")
        return
    model = prepare(source, tmp_path / "out")
    alone, together = np.stack([model.encode(text) for text in TEXTS]), model.encode(list(TEXTS))
    assert np.abs(alone - together).max() / np.linalg.norm(alone, axis=1).min() < PADDING_TOLERANCE / 10


def test_an_encoder_whose_pooling_has_another_width_is_refused(source, tmp_path):
    folder = save(tmp_path / "whole", *pooled(source))
    change_json(folder / "1_Pooling/config.json", lambda old: old | {"embedding_dimension": 99})
    with pytest.raises(EncoderError, match="vectors of 16 dimensions, but its modules are configured for 99"):
        prepare(folder, tmp_path / "out")


def test_whole_numbers_that_are_missing_are_no_weights(source):
    """A model makes such buffers itself (numbers of positions), and NaN is none of their values."""
    model, _ = read_model("tiny", source)
    transformer = model[0].auto_model
    transformer.register_buffer("numbers", torch.arange(3))
    check_vectors("tiny", model, [Loaded(transformer, frozenset({"numbers"}), frozenset(), frozenset())])
    assert transformer.numbers.tolist() == [0, 1, 2]


def test_weights_are_as_before_after_a_check_with_missing_ones(source):
    model, loads = read_model(
        "tiny", save_again(source, source.with_name("low"), lambda n, w: None if "pooler" in n else w)
    )
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    assert loads[0].missing == {"pooler.dense.weight", "pooler.dense.bias"}
    check_vectors("tiny", model, loads)
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())
