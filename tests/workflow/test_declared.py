"""Encoders that declare routes and a dot product: a whole run without training, and what training says of them."""

import csv
import json

import numpy as np
import pytest
import yaml
from tiny import write_tiny_encoder


@pytest.fixture
def encoders(tmp_path):
    """Write an encoder of two routes that declares the dot product; return its entry of the configuration."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Router, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling, StaticEmbedding
    from tokenizers import Tokenizer

    bare = write_tiny_encoder(tmp_path / "bare")
    static = StaticEmbedding(Tokenizer.from_file(str(bare / "tokenizer.json")), embedding_dim=16)
    router = Router({"query": [static], "document": [Transformer(str(bare)), Pooling(16)]})
    model = SentenceTransformer(modules=[router], device="cpu", similarity_fn_name="dot")
    model.save_pretrained(str(tmp_path / "source"), create_model_card=False)
    return {"routed": {"source": "folder", "path": str(tmp_path / "source"), "query_length": 32, "passage_length": 64}}


@pytest.fixture
def raw(smoke_settings, encoders):
    return smoke_settings() | {"encoders": encoders}


def written(raw, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return str(config)


def test_they_are_scored_as_they_declare(run_workflow, raw, tmp_path):
    for key in ("training_sets", "corpora", "batches", "training"):
        del raw[key]
    raw["evaluation"]["debias"] = ["center-pool"]
    folder = tmp_path / "run"
    run_workflow(folder, config=written(raw, tmp_path))
    with open(folder / "results/scores.csv", encoding="utf-8") as file:
        assert {(row["encoder"], row["debias"]) for row in csv.DictReader(file)} == {
            ("routed", "none"),
            ("routed", "center-pool"),
        }
    embeddings = folder / "results/embeddings"
    assert json.loads((embeddings / "routed/demo/counts.json").read_text())["similarity"] == "dot"
    for model in ("routed", "routed+center-pool"):
        lengths = np.linalg.norm(np.load(embeddings / model / "demo/candidates.npy"), axis=1)
        assert np.abs(lengths - 1).max() > 0.1
    assert "dot product for routed, as declared" in (folder / "results/report.html").read_text(encoding="utf-8")


def test_a_training_is_refused_before_any_job_starts(run_workflow, raw, tmp_path):
    output = run_workflow(tmp_path / "run", "--dry-run", config=written(raw, tmp_path), check=False)
    assert "encoders.routed: queries and documents have different routes (Router)" in output
    assert "Traceback" not in output


def test_the_files_of_an_adapters_base_model_are_inputs(run_workflow, raw, tmp_path):
    """Another base model under the same name is another encoder."""
    for name in ("base", "adapter"):
        (tmp_path / name).mkdir()
    (tmp_path / "base/model.safetensors").write_bytes(b"")
    (tmp_path / "adapter/adapter_config.json").write_text('{"base_model_name_or_path": "../base"}')
    raw["encoders"] = {"merged": {"source": "folder", "path": str(tmp_path / "adapter")}}
    arguments = ("--dry-run", "results/encoders/merged/manifest.json")
    output = run_workflow(tmp_path / "run", *arguments, config=written(raw, tmp_path))
    [line] = {line for line in output.splitlines() if line.strip().startswith("input: ")}
    assert line.split("input: ")[1].split(", ") == [
        str(tmp_path / "adapter/adapter_config.json"),
        str(tmp_path / "base/model.safetensors"),
    ]
