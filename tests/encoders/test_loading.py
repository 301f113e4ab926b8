"""Encoders from a folder: one interface, safetensors only, no code from a model's repository."""

import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from tiny import prepare_configured, write_tiny_encoder
from transformers import AutoModel, AutoTokenizer

from equilingual.encoders import EncoderError, embed, load_encoder, read_manifest
from equilingual.files import DamagedFileError


def prepare(source, out, **changes):
    arguments = {
        "encoder": "tiny",
        "source": "folder",
        "path": str(source),
        "revision": None,
        "wheels": [],
        "members": [],
        "pooling": None,
        "query_prompt": None,
        "passage_prompt": None,
        "query_length": 32,
        "passage_length": 32,
        "folder": out,
    }
    prepare_configured(**{**arguments, **changes})
    return load_encoder(out)


@pytest.fixture
def source(tmp_path):
    return write_tiny_encoder(tmp_path / "source")


def test_the_manifest_has_a_folders_name_and_not_where_it_is(source, tmp_path):
    prepare(source, tmp_path / "out")
    assert read_manifest(tmp_path / "out")["path"] == "source"
    assert str(tmp_path) not in (tmp_path / "out/manifest.json").read_text()


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_embeddings_are_those_of_transformers_pooled_by_hand(source, tmp_path, pooling):
    encoder = prepare(source, tmp_path / "out", pooling=pooling, query_prompt="ask: ")
    vectors = embed(encoder, ["a b", "longer text"], prompt="query", length=64, batch_tokens=96)
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
    vectors = embed(encoder, texts, prompt="document", length=64, batch_tokens=96)
    assert (vectors[0] == vectors[2]).all()
    alone = embed(encoder, ["c"], prompt="document", length=64, batch_tokens=96)
    assert np.allclose(vectors[3], alone[0], atol=1e-5)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("declared", ["{}", '{"checksum": "xxh3-128:of their own"}'])
def test_declarations_of_a_model_are_no_file_of_a_stage(source, tmp_path, declared):
    (source / "config_sentence_transformers.json").write_text(declared)
    assert prepare(source, tmp_path / "out").similarity_fn_name == "cosine"


def declare_length(source, length):
    settings = source / "tokenizer_config.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"model_max_length": length}))


@pytest.mark.parametrize("declared", [24, 64])
def test_the_directory_reads_as_many_tokens_as_are_scored(source, tmp_path, caplog, declared):
    from sentence_transformers import SentenceTransformer

    declare_length(source, declared)
    found = prepare(source, tmp_path / "out", passage_length=40)
    assert ("declares max_seq_length: 24, and 40 tokens are read" in caplog.text) == (declared == 24)
    text = "a text of more than twenty-four tokens"
    theirs = SentenceTransformer(str(tmp_path / "out"), device="cpu").encode_document([text], normalize_embeddings=True)
    assert np.abs(embed(found, [text], prompt="document", length=40) - theirs).max() < 1e-6
    cut = embed(found, [text], prompt="document", length=24)
    assert np.abs(cut - theirs).max() > 1e-4  # the text is longer than what the model declares


def test_preparing_twice_gives_the_same_bytes(source, tmp_path):
    for name in ("one", "two"):
        prepare(source, tmp_path / name)
    assert read_manifest(tmp_path / "one") == read_manifest(tmp_path / "two")


def test_an_encoder_of_the_hub_is_taken_at_its_commit(source, tmp_path):
    """The Hub's cache, as a download leaves it, with two commits of which the older one is asked for."""
    old, new = "a" * 40, "b" * 40
    repository = tmp_path / "cache" / "models--acme--tiny"
    write_tiny_encoder(tmp_path / "other", hidden=32, seed=1)
    shutil.copytree(source, repository / "snapshots" / old)
    shutil.copytree(tmp_path / "other", repository / "snapshots" / new)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(new)
    settings = {"source": "hub", "path": "acme/tiny", "revision": old, "query_length": 32, "passage_length": 32}
    poolings = {"as declared": None, "first": "cls"}
    jobs = {str(tmp_path / name): {**settings, "pooling": pooling} for name, pooling in poolings.items()}
    program = (
        "import json, sys; from equilingual.config.encoder_settings import EncoderSettings; "
        "from equilingual.encoders import prepare_encoder; "
        "[prepare_encoder(encoder='tiny', settings=EncoderSettings(**settings), folder=folder)"
        " for folder, settings in json.loads(sys.argv[1]).items()]"
    )
    # Another process: the library reads these variables when it is imported.
    environment = {**os.environ, "HF_HUB_CACHE": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "1"}
    subprocess.run([sys.executable, "-c", program, json.dumps(jobs)], env=environment, check=True)
    for name, pooling in poolings.items():
        about = read_manifest(tmp_path / name)
        assert (about["path"], about["revision"]) == ("acme/tiny", old)
        encoder = load_encoder(tmp_path / name)
        expected = prepare(source, tmp_path / "expected", pooling=pooling)
        for one, other in zip(encoder.parameters(), expected.parameters(), strict=True):
            assert torch.equal(one, other)
        asked = {"texts": ["a b"], "prompt": "query", "length": 32, "batch_tokens": 96}
        assert (embed(encoder, **asked) == embed(expected, **asked)).all()


def test_pickled_weights_are_refused_and_the_advice_converts_them(source, tmp_path):
    vectors = embed(prepare(source, tmp_path / "out"), ["a b"], prompt="query", length=32, batch_tokens=96)
    model = AutoModel.from_pretrained(source)
    torch.save(model.state_dict(), source / "pytorch_model.bin")
    (source / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match=r"only as a pickle \(pytorch_model\.bin in .*source\)") as error:
        prepare(source, tmp_path / "out")
    command = re.search(r'python -c "(.*)"', str(error.value))[1]
    subprocess.run([sys.executable, "-c", command], check=True, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    again = embed(prepare(source, tmp_path / "out"), ["a b"], prompt="query", length=32, batch_tokens=96)
    assert (again == vectors).all()


def test_a_folder_without_weights_is_refused(source, tmp_path):
    (source / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match=r"tiny has no weights: .* no \.safetensors file in .*source; download"):
        prepare(source, tmp_path / "out")


def test_a_pickle_of_any_module_is_refused(source, tmp_path):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer

    transformer = Transformer(str(source))
    dense = Dense(in_features=16, out_features=8)
    folder = tmp_path / "dense"
    SentenceTransformer(modules=[transformer, Pooling(16), dense]).save(str(folder))
    assert prepare(folder, tmp_path / "fine").get_embedding_dimension() == 8
    safe = next(folder.glob("2_Dense/*.safetensors"))
    torch.save(dense.state_dict(), safe.with_name("pytorch_model.bin"))
    safe.unlink()
    with pytest.raises(
        EncoderError, match=r"only safetensors are loaded; .* SentenceTransformer\('old folder'\)\.save"
    ):
        prepare(folder, tmp_path / "out")
    assert torch.load.__module__.startswith("torch")


@pytest.mark.parametrize(("key", "length"), [("query_length", 129), ("passage_length", 500)])
def test_more_tokens_than_the_encoder_reads_are_an_error_that_names_the_key(source, tmp_path, key, length):
    with pytest.raises(EncoderError, match=rf"encoders\.tiny\.{key} is {length}, but the encoder reads at most 128"):
        prepare(source, tmp_path / "out", **{key: length})
    prepare(source, tmp_path / "out", **{key: 128})


def test_a_model_with_code_of_its_own_is_refused(source, tmp_path):
    config = json.loads((source / "config.json").read_text())
    config |= {"model_type": "mystery", "auto_map": {"AutoConfig": "code.MyConfig", "AutoModel": "code.MyModel"}}
    (source / "config.json").write_text(json.dumps(config))
    (source / "code.py").write_text("raise SystemExit('ran the code of the repository')")
    with pytest.raises(EncoderError, match="code from a model's repository is never run: use an encoder of a kind"):
        prepare(source, tmp_path / "out")


def test_a_module_with_code_of_its_own_is_refused(source, tmp_path):
    from sentence_transformers import SentenceTransformer

    folder = tmp_path / "whole"
    SentenceTransformer(str(source), device="cpu").save(str(folder))
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["type"] = "code.MyPooling"
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "code.py").write_text("raise SystemExit('ran the code of the repository')")
    with pytest.raises(EncoderError, match="code from a model's repository is never run: use an encoder of a kind"):
        prepare(folder, tmp_path / "out")


def test_a_damaged_file_is_noticed(source, tmp_path):
    prepare(source, tmp_path / "out")
    (tmp_path / "out" / "tokenizer.json").write_text("{}")
    with pytest.raises(DamagedFileError, match=r"tokenizer\.json is damaged"):
        load_encoder(tmp_path / "out")


def test_a_folder_without_a_tokenizer_is_refused(source, tmp_path):
    for path in source.glob("tokenizer*"):
        path.unlink()
    with pytest.raises(
        EncoderError, match=r"tiny .*has no tokenizer, only .* special tokens; download the whole model"
    ):
        prepare(source, tmp_path / "out")


def test_a_tokenizer_of_another_model_is_refused(source, tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(source)
    tokenizer.add_tokens(["one more"])
    tokenizer.save_pretrained(source)
    rows = AutoModel.from_pretrained(source).get_input_embeddings().num_embeddings
    with pytest.raises(EncoderError, match=rf"has {rows} word embeddings, but its tokenizer has the token {rows}"):
        prepare(source, tmp_path / "out")


def test_a_download_that_broke_off_is_said_in_a_line(source, tmp_path):
    weights = source / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(EncoderError, match=r"tiny .* a \.safetensors file is damaged .*; download it again"):
        prepare(source, tmp_path / "out")
