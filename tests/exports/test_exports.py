"""Exports: the same vectors without torch, in a folder that others read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from cards import split_header
from transformers import AutoModel, AutoTokenizer

from equilingual.encoders import load_encoder
from equilingual.encoders.directory import save_model
from equilingual.exports import ExportedEncoder, ExportError
from equilingual.exports import stage as stage_module
from equilingual.exports.recipe import finish, pool
from equilingual.exports.stage import compare, spaced_texts
from equilingual.files import DamagedFileError, read_json, sha256_of
from equilingual.parquet import write_parquet

TEXTS = ["x", "a longer text of the test", "数字是多少", "ما هو الرقم", "text " * 30]


def by_hand(model, texts, before, length, pooling):
    """Vectors by transformers alone, one text at a time."""
    transformer, tokenizer = AutoModel.from_pretrained(model).eval(), AutoTokenizer.from_pretrained(model)
    rows = []
    for text in texts:
        with torch.no_grad():
            given = tokenizer(before + text, truncation=True, max_length=length, return_tensors="pt")
            states = transformer(**given).last_hidden_state[0]
        rows.append({"mean": states.mean(0), "cls": states[0], "lasttoken": states[-1]}[pooling].numpy())
    return np.array(rows)


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize(("kind", "pooling"), [("bert", "mean"), ("xlm-roberta", "cls"), ("xlm-roberta", "lasttoken")])
def test_ctranslate2_gives_the_vectors_of_transformers_to_eight_bits(model_of, export, kind, pooling):
    model = model_of(kind, pooling)
    folder = export(model, "ctranslate2")
    exported = ExportedEncoder(folder)
    for prompt, before, length in (("query", "q: ", 24), ("document", "p: ", 40)):
        found = exported.encode(TEXTS, prompt, batch_size=2)
        expected = unit(by_hand(model, TEXTS, before, length, pooling))
        assert (found * expected).sum(axis=1).min() > 0.9999
    weights = (folder / "model.bin").stat().st_size
    assert weights < 0.5 * (model / "model.safetensors").stat().st_size


@pytest.fixture(scope="module")
def dense_model(model_of):
    """A model with two more layers; of XLM-R's kind, whose positions do not begin at 0."""
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize

    torch.manual_seed(1)
    plain = Dense(12, 8, bias=False, activation_function=torch.nn.Identity())
    return model_of("xlm-roberta", modules=[Dense(16, 12), plain, Normalize()])


def through_layers(model, vectors):
    from safetensors.numpy import load_file

    first, second = (load_file(model / f"{place}_Dense/model.safetensors") for place in (2, 3))
    return unit(np.tanh(vectors @ first["linear.weight"].T + first["linear.bias"]) @ second["linear.weight"].T)


def test_onnx_gives_the_vectors_of_transformers_and_has_no_other_weights(dense_model, export):
    folder = export(dense_model, "onnx")
    for prompt, before, length in (("query", "q: ", 24), ("document", "p: ", 40)):
        found = ExportedEncoder(folder).encode(TEXTS, prompt, batch_size=2)
        expected = through_layers(dense_model, by_hand(dense_model, TEXTS, before, length, "mean"))
        assert found.dtype == np.float32
        assert np.abs(found - expected).max() < 1e-5
    about = read_json(folder / "manifest.json")
    assert about["cosine"]["min"] >= 0.99999
    assert about["cosine"]["texts"] == 128
    assert str(Path(torch.__file__).parents[1]).encode() not in (folder / "onnx/model.onnx").read_bytes()
    # What sentence-transformers' onnx backend reads is there, torch's weights of the transformer are not.
    assert {"onnx/model.onnx", "modules.json", "1_Pooling/config.json", "tokenizer.json"} <= about["files"].keys()
    assert "model.safetensors" not in about["files"]
    for name, entry in about["files"].items():
        assert sha256_of(folder / name) == entry["sha256"]


def test_ctranslate2_has_the_layers_after_the_pooling(dense_model, export):
    found = ExportedEncoder(export(dense_model, "ctranslate2")).encode(TEXTS, "query")
    expected = through_layers(dense_model, by_hand(dense_model, TEXTS, "q: ", 24, "mean"))
    assert (found * expected).sum(axis=1).min() > 0.9999


def test_the_export_as_it_is_loads_with_its_whole_card(model, export):
    from sentence_transformers import SentenceTransformer

    folder = export(model, "sentence-transformers")
    one, other = (SentenceTransformer(str(path), device="cpu") for path in (model, folder))
    assert (one.encode_query(TEXTS) == other.encode_query(TEXTS)).all()
    assert (folder / "README.md").read_text().endswith("## Scores\n")
    assert (folder / "model.safetensors").read_bytes() == (model / "model.safetensors").read_bytes()


def test_an_export_is_used_without_torch(model, export):
    folder = export(model, "ctranslate2")
    program = (
        "import sys, json; sys.modules.update(torch=None, transformers=None, sentence_transformers=None)\n"
        "from equilingual.exports.reading import ExportedEncoder\n"
        "print(json.dumps(ExportedEncoder(sys.argv[1]).encode(['a', 'b c'], 'query').tolist()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, folder],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert np.allclose(json.loads(done.stdout), ExportedEncoder(folder).encode(["a", "b c"], "query"), atol=1e-6)


def test_the_card_of_an_export_says_how_it_is_used_and_how_near_it_is(model, export):
    folder = export(model, "ctranslate2")
    header, body = split_header((folder / "README.md").read_text(encoding="utf-8"))
    cosine = read_json(folder / "manifest.json")["cosine"]
    assert header["tags"][-1] == "ctranslate2"
    assert f"mean {cosine['mean']:.6f}, least {cosine['min']:.6f}" in body
    assert "ExportedEncoder" in body


def test_an_export_that_is_not_the_model_is_an_error_and_leaves_nothing(model, export, monkeypatch, tmp_path):
    encode = ExportedEncoder.encode
    monkeypatch.setattr(ExportedEncoder, "encode", lambda self, texts, prompt: encode(self, texts[::-1], prompt))
    monkeypatch.setattr(stage_module, "LEAST_COSINE", {"ctranslate2": 0.99999})
    with pytest.raises(ExportError, match=r"a cosine of 0\.\d+ to the model's own, and 0\.99999 is the least"):
        export(model, "ctranslate2")
    assert [path.name for path in tmp_path.iterdir()] == ["card.md"]


def test_a_damaged_model_is_not_exported(model_of, export):
    model = model_of()
    (model / "tokenizer.json").write_text("{}")
    with pytest.raises(DamagedFileError):
        export(model, "sentence-transformers")


def test_a_pooling_that_has_no_words_is_refused(model_of, export):
    model = model_of(modules=[], pooling="max")
    with pytest.raises(ExportError, match="the pooling is 'max'; only mean, cls, lasttoken of the whole text"):
        export(model, "ctranslate2")


def test_a_module_that_has_no_words_is_refused(model_of, export):
    from sentence_transformers.sentence_transformer.modules import LayerNorm

    with pytest.raises(ExportError, match="a LayerNorm cannot be exported at place 2"):
        export(model_of(modules=[LayerNorm(16)]), "ctranslate2")


def test_a_kind_of_model_that_ctranslate2_does_not_know_is_said(model_of, export):
    with pytest.raises(ExportError, match=r"CTranslate2 does not convert a model of kind 'electra': "):
        export(model_of("electra"), "ctranslate2")


def test_cosines_by_hand():
    own = {"query": np.array([[1.0, 0.0]]), "document": np.array([[0.0, 1.0]])}
    other = {"query": np.array([[0.6, 0.8]]), "document": np.array([[0.0, 1.0]])}
    assert compare(own, other, 0.6) == pytest.approx({"texts": 2, "mean": 0.8, "min": 0.6, "bound": 0.6})
    with pytest.raises(ExportError):
        compare(own, other, 0.61)
    with pytest.raises(ExportError, match="a cosine of nan"):
        compare(own, {**other, "query": np.array([[np.nan, 0.0]])}, -1)


def test_texts_are_evenly_spaced_over_the_table_and_its_row_groups(tmp_path):
    write_parquet(pa.table({"text": [str(n) for n in range(101)]}), tmp_path / "t.parquet", row_group_size=7)
    assert spaced_texts(tmp_path / "t.parquet", 5) == ["0", "25", "50", "75", "100"]
    assert spaced_texts(tmp_path / "t.parquet", 500) == [str(n) for n in range(101)]


def test_pooling_and_layers_by_hand():
    states = np.array([[[1.0, 2], [3, 4], [100, 100]], [[5, 6], [7, 8], [9, 10]]], dtype=np.float32)
    mask = np.array([[1, 1, 0], [1, 1, 1]])
    assert pool(states, mask, "mean").tolist() == [[2, 3], [7, 8]]
    assert pool(states, mask, "cls").tolist() == [[1, 2], [5, 6]]
    assert pool(states, mask, "lasttoken").tolist() == [[3, 4], [9, 10]]
    layer = (np.array([[3.0, 0.0], [0.0, 4.0]]), np.array([0.0, 0.0]), "Identity")
    assert finish(np.array([[1.0, 1.0]]), [layer]).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]]


@pytest.mark.parametrize("kind", ["onnx", "ctranslate2"])
def test_an_export_is_cut_to_the_dimensions_that_the_model_keeps(model_of, export, about, tmp_path, kind):
    encoder = load_encoder(model_of())
    encoder.truncate_dim = 5
    save_model(encoder, tmp_path / "cut", card=(model_of() / "README.md").read_text(encoding="utf-8"), about=about)
    found = ExportedEncoder(export(tmp_path / "cut", kind)).encode(TEXTS, "query")
    expected = unit(by_hand(tmp_path / "cut", TEXTS, "q: ", 24, "mean")[:, :5])
    assert found.shape == (len(TEXTS), 5)
    assert (found * expected).sum(axis=1).min() > 0.999


@pytest.mark.parametrize("kind", ["onnx", "ctranslate2"])
def test_a_model_with_routes_is_refused_before_anything_is_encoded(model_of, export, monkeypatch, kind):
    from sentence_transformers.base.modules import Router
    from sentence_transformers.sentence_transformer.modules import Dense

    model = model_of(modules=[Router({"query": [Dense(16, 8)], "document": [Dense(16, 8)]})])
    monkeypatch.setattr(stage_module, "embed", None)
    with pytest.raises(ExportError, match="a Router cannot be exported at place 2") as caught:
        export(model, kind)
    assert "\n" not in str(caught.value)


def test_a_model_with_routes_is_exported_as_it_is(model_of, export):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Router
    from sentence_transformers.sentence_transformer.modules import Dense

    model = model_of(modules=[Router({"query": [Dense(16, 8)], "document": [Dense(16, 8)]})])
    one, other = (
        SentenceTransformer(str(path), device="cpu") for path in (model, export(model, "sentence-transformers"))
    )
    assert (one.encode_query(TEXTS) == other.encode_query(TEXTS)).all()
    assert np.abs(one.encode_query(TEXTS) - one.encode_document(TEXTS)).max() > 1e-3
