"""Vectors against sentence-transformers' own, for directories of different modules; the stage's files."""

from importlib import metadata

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from benchmark_tables import record_tables
from tiny import option_names

from equilingual import devices
from equilingual.config.encoding import EncodingSettings
from equilingual.encoders import EncoderError, embed, encode_texts, encode_translations, load_encoder
from equilingual.files import read_json, sha256_of, write_json

TEXTS = [
    "b",
    "a much longer text than all the others, and cut",
    "",
    "один текст",
    "b",
    "短い",
    "a few words",
    "ありがとう",
]
SIZES = {"query": 24, "document": 40}
ENCODING = EncodingSettings(query_length=24, passage_length=40, batch_tokens=64)


def dense():
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize

    torch.manual_seed(3)
    return [Dense(16, 12), Normalize(), Dense(12, 8, bias=False, activation_function=torch.nn.Identity())]


def of_the_library(folder, texts, prompt, length):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")
    model.max_seq_length = length
    return model.encode(texts, prompt_name=prompt, batch_size=1, normalize_embeddings=True)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"pooling": "cls"},
        {"pooling": "max", "kind": "xlm-roberta"},
        {"modules": dense},
        {"include_prompt": False},
        {"include_prompt": False, "pooling": "cls", "padding_side": "left", "kind": "xlm-roberta"},
        {"pooling": "lasttoken", "padding_side": "left", "kind": "xlm-roberta"},
        {"truncate_dim": 5},
    ],
    ids=option_names,
)
def test_vectors_are_those_of_sentence_transformers(directory_of, given):
    folder = directory_of(**given | {"modules": given.get("modules", list)()})
    encoder = load_encoder(folder)
    for prompt, length in SIZES.items():
        expected = of_the_library(folder, TEXTS, prompt, length)
        assert (np.abs(np.diff(expected, axis=0)).max(axis=1) > 1e-3).all()  # that the texts can be told apart
        for budget in (1, 50, 10_000):
            found = embed(encoder, TEXTS, prompt=prompt, length=length, batch_tokens=budget, progress=False)
            assert found.dtype == np.float32
            assert np.abs(found - expected).max() < 2e-6


def test_equal_texts_have_equal_vectors(directory_of):
    found = embed(load_encoder(directory_of()), TEXTS, prompt="query", length=24, progress=False)
    assert (found[0] == found[4]).all()


def test_dropout_is_off(directory_of):
    encoder = load_encoder(directory_of()).train()
    one, other = (embed(encoder, TEXTS, prompt="query", length=24, progress=False) for _ in range(2))
    assert (one == other).all()


@pytest.mark.parametrize(
    ("asked", "precision"),
    [
        ("float32", "float32"),
        ("bfloat16", "bfloat16"),
        ("int8", "int8"),
        ("auto", "bfloat16"),  # as the device has it, below
    ],
)
def test_the_stage_writes_vectors_in_order_and_what_they_were_made_with(
    directory_of, tmp_path, monkeypatch, asked, precision
):
    monkeypatch.setattr(devices, "has_bfloat16", lambda device: device == "cpu")
    folder = directory_of()
    for table, texts in (("queries", TEXTS[:3]), ("candidates", TEXTS)):
        pq.write_table(pa.table({"text": texts}), tmp_path / f"{table}.parquet")
    record_tables(tmp_path)
    outs = {name: tmp_path / f"out/{name}" for name in ("queries", "candidates", "counts")}
    encode_texts(
        model=folder,
        benchmark=tmp_path,
        encoding=ENCODING.model_copy(update={"precision": asked}),
        threads=1,
        work=tmp_path / "work",
        **{f"{name}_out": path for name, path in outs.items()},
    )
    for name, prompt, texts in (("queries", "query", TEXTS[:3]), ("candidates", "document", TEXTS)):
        expected = of_the_library(folder, texts, prompt, SIZES[prompt])
        difference = np.abs(np.load(outs[name]) - expected).max()
        least, most = {"float32": (-1, 2e-6), "bfloat16": (1e-5, 0.02), "int8": (1e-5, 0.06)}[precision]
        assert least < difference < most
    counts = read_json(outs["counts"])
    assert counts["precision"] == precision
    vectors = np.load(outs["queries"])
    cosines = [vectors[0] @ vectors[1], vectors[0] @ vectors[2], vectors[1] @ vectors[2]]
    assert counts["queries"].pop("mean_cosine") == pytest.approx(np.mean(cosines), abs=1e-5)
    assert counts["queries"] == {"texts": 3, "tokens": 8 + 54 + 7, "cut": 1}
    assert counts["candidates"]["texts"] == 8
    assert counts["versions"]["torch"] == metadata.version("torch")
    assert counts["encoder_versions"] == read_json(folder / "manifest.json")["versions"]


@pytest.mark.parametrize("trained", [False, True])
def test_the_versions_that_prepared_the_encoder_go_with_the_vectors(directory_of, tmp_path, trained):
    folder = directory_of()
    about = read_json(folder / "manifest.json") | {"versions": {"torch": "1.2.3"}}
    if trained:
        about |= {"base": {"source": "hub", "versions": {"torch": "1.2.3"}}, "versions": {"torch": "2.0"}}
    write_json(about, folder / "manifest.json")
    for table in ("queries", "candidates"):
        pq.write_table(pa.table({"text": TEXTS[:2]}), tmp_path / f"{table}.parquet")
    record_tables(tmp_path)
    outs = {f"{name}_out": tmp_path / f"out/{name}" for name in ("queries", "candidates", "counts")}
    encode_texts(model=folder, benchmark=tmp_path, encoding=ENCODING, threads=1, work=tmp_path / "work", **outs)
    assert read_json(outs["counts_out"])["encoder_versions"] == {"torch": "1.2.3"}


def test_longer_texts_than_the_encoder_reads_are_refused_by_the_key_that_asks_for_them(directory_of, tmp_path):
    outs = dict.fromkeys(["queries_out", "candidates_out", "counts_out"], tmp_path / "out")
    longer = ENCODING.model_copy(update={"query_length": 600})
    with pytest.raises(EncoderError, match=r"encoding\.query_length is 600, but the encoder reads at most \d+ tokens"):
        encode_texts(
            model=directory_of(), benchmark=tmp_path, encoding=longer, threads=1, work=tmp_path / "work", **outs
        )


def test_no_text_has_no_vectors_of_the_encoders_width(directory_of, tmp_path):
    found = embed(load_encoder(directory_of()), [], prompt="query", length=24)
    assert found.shape == (0, 16)
    assert found.dtype == np.float32
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "none.parquet")
    given = {"encoding": ENCODING, "threads": 1, "work": tmp_path / "work"}
    encode_translations(
        model=directory_of(), translations=tmp_path / "none.parquet", out=tmp_path / "none.npy", **given
    )
    assert np.load(tmp_path / "none.npy").shape == (0, 16)


@pytest.mark.parametrize("factor", [1e37, float("inf"), float("nan")])
def test_vectors_that_overflow_are_an_error_with_the_table_and_the_row(directory_of, tmp_path, factor):
    folder = directory_of(modules=dense())
    damage(folder / "4_Dense", lambda name, weight: weight * factor)
    with pytest.raises(EncoderError, match=r"queries\.parquet, row 0: the vector of 'b' is not finite"):
        encode(folder, tmp_path, ["b", "c"])
    assert not (tmp_path / "out/counts").exists()


def test_one_text_that_overflows_is_named(directory_of, tmp_path):
    folder = directory_of()
    vocabulary = load_encoder(folder).tokenizer.get_vocab()
    # The embedding of one letter is beyond float32's squares; layer norms give NaN, and other texts never see it.
    name = "embeddings.word_embeddings.weight"

    def change(key, weight):
        weight[vocabulary["z"] if key == name else slice(0)] = 3e38
        return weight

    damage(folder, change)
    with pytest.raises(EncoderError, match=r"candidates\.parquet, row 2: the vector of 'a z' is not finite"):
        encode(folder, tmp_path, ["b", "c"], ["b", "c", "a z", "z"])


def test_a_collapsed_encoder_is_said(directory_of, tmp_path, caplog):
    folder = directory_of(modules=dense())

    def change(name, weight):
        return torch.zeros_like(weight) if weight.ndim > 1 else weight + 1

    damage(folder / "2_Dense", change)
    encode(folder, tmp_path, ["b", "c"])
    assert read_json(tmp_path / "out/counts")["queries"]["mean_cosine"] == 1.0
    assert "queries.parquet: the encoder has collapsed" in caplog.text


def damage(folder, change):
    """Replace weights of a prepared encoder, as a training that has gone wrong leaves them."""
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    weights = {name: change(name, weight) for name, weight in load_file(path).items()}
    save_file(weights, path, metadata={"format": "pt"})
    top = folder if (folder / "manifest.json").exists() else folder.parent
    about = read_json(top / "manifest.json")
    about["files"][str(path.relative_to(top))]["sha256"] = sha256_of(path)
    write_json(about, top / "manifest.json")


def encode(folder, tmp_path, queries, candidates=("b", "c")):
    for table, texts in (("queries", queries), ("candidates", candidates)):
        pq.write_table(pa.table({"text": list(texts)}), tmp_path / f"{table}.parquet")
    record_tables(tmp_path)
    encode_texts(
        model=folder,
        benchmark=tmp_path,
        encoding=ENCODING,
        threads=1,
        work=tmp_path / "work",
        **{f"{name}_out": tmp_path / f"out/{name}" for name in ("queries", "candidates", "counts")},
    )
