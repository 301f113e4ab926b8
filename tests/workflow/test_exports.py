"""A card and an export, asked for by their targets: what they need is trained and scored, and nothing else is made."""

import json

import pytest
import yaml
from cards import split_header
from tiny import write_tiny_encoder

MODEL = "tiny__demo-en-pt__mono__seed-1"


@pytest.fixture(scope="module")
def config(smoke_settings, tmp_path_factory):
    """The smoke configuration in English alone, with a tiny encoder in place of the packaged one."""
    folder = tmp_path_factory.mktemp("exports")
    raw = smoke_settings()
    raw["training_sets"]["demo-en-pt"].update(languages=["en"])
    raw["batches"] |= {"strategies": [{"name": "mono"}], "negatives": None}
    source = write_tiny_encoder(folder / "source")
    tiny = {"source": "folder", "path": str(source), "query_length": 32, "passage_length": 64, "licence": "MIT"}
    raw["encoders"] = {"tiny": tiny}
    path = folder / "exports.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return path


def test_an_export_by_its_target_has_the_card_with_scores(run_workflow, config, tmp_path):
    target = f"results/exports/{MODEL}/ctranslate2/manifest.json"
    run_workflow(tmp_path, target, config=config)
    folder = (tmp_path / target).parent
    cosine = json.loads((tmp_path / target).read_text(encoding="utf-8"))["cosine"]
    assert cosine["texts"] == 54 + 64  # 18 questions in three languages, and the most that is taken of candidates
    assert cosine["min"] >= 0.985
    header, body = split_header((folder / "README.md").read_text(encoding="utf-8"))
    assert header["language"] == ["en"]
    assert "demo: CC0-1.0" in body
    assert "Licence of the base encoder: MIT" in body
    intervals = json.loads((tmp_path / f"results/intervals/{MODEL}/demo.json").read_text(encoding="utf-8"))
    before = json.loads((tmp_path / "results/intervals/tiny/demo.json").read_text(encoding="utf-8"))
    own, low, high = (intervals["monolingual"][name] for name in ("value", "low", "high"))
    row = f"| demo | monolingual | mAP | {before['monolingual']['value']:.3f} | {own:.3f} | {low:.3f} to {high:.3f} |"
    assert row in body
    assert not (tmp_path / "results/report.html").exists()
    assert not (tmp_path / f"results/exports/{MODEL}/onnx").exists()
    assert "Nothing to be done" in run_workflow(tmp_path, target, config=config)


def test_a_kind_that_is_none_has_no_rule(run_workflow, config, tmp_path):
    target = f"results/exports/{MODEL}/openvino/manifest.json"
    assert "MissingRuleException" in run_workflow(tmp_path, target, "--dry-run", config=config, check=False)
