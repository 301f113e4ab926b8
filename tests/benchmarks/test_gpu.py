"""The check of a GPU, with the CPU in its place: each figure agrees with itself, and with a wrong one it does not."""

import json

import numpy as np
import pytest
import torch
from tiny import write_tiny_encoder
from tiny_translators import nllb


@pytest.fixture(scope="module")
def gpu(load_benchmark):
    return load_benchmark("gpu")


@pytest.fixture
def encoder(tmp_path, gpu, monkeypatch):
    """A tiny encoder, and lengths that it can read."""
    shorter = gpu.SETTINGS.model_copy(update={"query_length": 64, "passage_length": 128})
    for module in (vars(gpu), gpu.our_speed.__globals__):
        monkeypatch.setitem(module, "SETTINGS", shorter)
    for module in (vars(gpu), gpu.encoder_directory.__globals__):
        monkeypatch.setitem(module, "LENGTHS", {"query": 64, "document": 128})
    return write_tiny_encoder(tmp_path / "tiny")


@pytest.fixture
def work(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def test_without_a_gpu_it_says_so(gpu, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.main([]) == 0
    assert json.loads(capsys.readouterr().out) == {"check": "all", "skipped": "no GPU found"}


def test_training_counts_tokens_and_operations_and_agrees_with_the_cpu(gpu, encoder, work, monkeypatch):
    monkeypatch.setattr(gpu, "ROUNDS", 1)
    reader = gpu.batches(work)
    (found,) = gpu.training(encoder, reader, work, "cpu")
    assert found["agrees"]
    assert found["loss"] == found["loss_on_the_cpu"] > 0
    assert found["pairs_per_second"] > 0
    assert found["mfu"] is None  # the CPU's peak is not in the table
    tokens, operations = gpu.work_of(encoder, reader)
    assert found["tokens_per_second"] == pytest.approx(found["pairs_per_second"] / 32 * tokens, rel=0.01)
    from sentence_transformers import SentenceTransformer

    weights = sum(
        weight.numel()
        for name, weight in SentenceTransformer(str(encoder)).named_parameters()
        if "embeddings" not in name
    )
    assert operations == 6 * weights * tokens


def test_encoding_and_ranking_agree_with_the_cpu(gpu, encoder, work, monkeypatch):
    monkeypatch.setattr(gpu, "TEXTS", 300)
    found = {one.get("precision", one["check"]): one for one in gpu.retrieval(encoder, work, "cpu")}
    assert found["float32"]["least_cosine"] == pytest.approx(1, abs=1e-5)
    assert found["ranking"]["equal_ranks"] == 1
    assert all(one["agrees"] for one in found.values())


def test_other_vectors_do_not_agree(gpu, encoder, work, monkeypatch):
    monkeypatch.setattr(gpu, "TEXTS", 300)
    true = gpu.encoded
    calls = []

    def turned(folder, texts, device, precision):
        seconds, vectors = true(folder, texts, device, precision)
        calls.append(device)
        return seconds, {p: np.roll(v, 1, axis=0) if len(calls) > 1 else v for p, v in vectors.items()}

    monkeypatch.setattr(gpu, "encoded", turned)
    assert [one["agrees"] for one in gpu.retrieval(encoder, work, "cpu") if one["check"] == "encoding"] == [
        False,
        False,
    ]


def test_translations_are_those_of_the_cpu(gpu, work, monkeypatch):
    def tiny(folder, quantization):
        from equilingual.translation.engines.ctranslate2 import convert_translator

        model, tokenizer = nllb(folder)
        manifest = folder / "converted" / "manifest.json"
        convert_translator(model=str(folder), revision=None, quantization=quantization, out_manifest=manifest)
        return model, tokenizer, manifest.parent

    monkeypatch.setattr(gpu, "nllb_600m", tiny)
    (found,) = gpu.translation(work, "cpu")
    assert (found["equal"], found["agrees"]) == (1, True)
    assert found["tokens_per_second"]["cpu"] > 0


@pytest.mark.parametrize(
    ("finding", "status"),
    [
        ({"check": "training", "agrees": True, "ratio": 1.3}, 0),
        ({"check": "training", "agrees": True, "ratio": 1.29}, 1),
        ({"check": "ranking", "agrees": False}, 1),
    ],
)
def test_what_does_not_agree_or_is_slow_ends_with_status_1(gpu, work, monkeypatch, capsys, finding, status):
    for name in ("training", "retrieval", "translation"):
        monkeypatch.setattr(gpu, name, lambda *_, own=name == "training": iter([finding] if own else []))
    monkeypatch.setattr(gpu, "batches", lambda folder: None)
    assert gpu.check(work, work, "cpu") == status
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last == {"check": "all", "device": "cpu", "failed": [finding["check"]] if status else []}
