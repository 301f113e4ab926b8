"""Encoders from a folder: one interface, safetensors only, no code from a model's repository."""

import json

import numpy as np
import pytest
import torch
from tiny import write_tiny_encoder
from transformers import AutoModel, AutoTokenizer

from equilingual.encoders import DamagedModelError, EncoderError, embed, load_encoder, prepare_encoder, read_manifest


def prepare(source, out, **changes):
    arguments = {
        "encoder": "tiny", "source": "folder", "path": str(source), "revision": None, "wheels": [], "members": [],
        "pooling": None, "query_prompt": None, "passage_prompt": None, "folder": out,
    }
    prepare_encoder(**{**arguments, **changes})
    return load_encoder(out)


@pytest.fixture
def source(tmp_path):
    return write_tiny_encoder(tmp_path / "source")


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_embeddings_are_those_of_transformers_pooled_by_hand(source, tmp_path, pooling):
    encoder = prepare(source, tmp_path / "out", pooling=pooling, query_prompt="ask: ")
    vectors = embed(encoder, ["a b", "longer text"], prompt="query", length=64, batch_size=2)
    model, tokenizer = AutoModel.from_pretrained(source).eval(), AutoTokenizer.from_pretrained(source)
    for text, vector in zip(["a b", "longer text"], vectors, strict=True):
        with torch.no_grad():
            states = model(**tokenizer("ask: " + text, return_tensors="pt")).last_hidden_state[0]
        expected = states[0] if pooling == "cls" else states.mean(0)
        expected = expected / expected.norm()
        assert np.allclose(vector, expected.numpy(), atol=1e-5)


def test_equal_texts_have_equal_vectors_and_order_is_kept(source, tmp_path):
    encoder = prepare(source, tmp_path / "out")
    texts = ["b", "a much longer text than the others", "b", "c"]
    vectors = embed(encoder, texts, prompt="document", length=64, batch_size=2)
    assert (vectors[0] == vectors[2]).all()
    alone = embed(encoder, ["c"], prompt="document", length=64, batch_size=2)
    assert np.allclose(vectors[3], alone[0], atol=1e-5)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_preparing_twice_gives_the_same_bytes(source, tmp_path):
    for name in ("one", "two"):
        prepare(source, tmp_path / name)
    assert read_manifest(tmp_path / "one") == read_manifest(tmp_path / "two")


def test_pickled_weights_are_refused(source, tmp_path):
    model = AutoModel.from_pretrained(source)
    torch.save(model.state_dict(), source / "pytorch_model.bin")
    (source / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match=r"the encoder tiny .* cannot be loaded"):
        prepare(source, tmp_path / "out")


def test_a_model_with_code_of_its_own_is_refused(source, tmp_path):
    config = json.loads((source / "config.json").read_text())
    config |= {"model_type": "mystery", "auto_map": {"AutoConfig": "code.MyConfig", "AutoModel": "code.MyModel"}}
    (source / "config.json").write_text(json.dumps(config))
    (source / "code.py").write_text("raise SystemExit('ran the code of the repository')")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        prepare(source, tmp_path / "out")


def test_a_damaged_file_is_noticed(source, tmp_path):
    prepare(source, tmp_path / "out")
    (tmp_path / "out" / "tokenizer.json").write_text("{}")
    with pytest.raises(DamagedModelError, match=r"tokenizer\.json is missing or damaged"):
        load_encoder(tmp_path / "out")
