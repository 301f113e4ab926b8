"""Options that are off by default, in one run from the corpus to the report: each leaves its mark."""

import csv
import json

import pytest
import yaml
from tiny import write_tiny_encoder

from equilingual.evaluation.catalogue import MEASURES

NAME = "tiny__demo-en-pt__hybrid-0.5-pair"


@pytest.fixture(scope="module")
def run(run_workflow, smoke_settings, tmp_path_factory):
    """The folder of a run of a tiny encoder, and its configuration."""
    folder = tmp_path_factory.mktemp("options")
    raw = smoke_settings()
    source = write_tiny_encoder(folder / "source", layers=3)
    raw["encoders"] = {
        "tiny": {
            **{"source": "folder", "path": str(source), "query_length": 32, "passage_length": 64},
            **{"layers": 2, "trained_on": ["squad"]},
        }
    }
    raw["benchmarks"]["demo"]["made_from"] = ["squad"]
    raw["training_sets"]["demo-en-pt"]["pairs"] = 60
    raw["batches"] |= {
        "strategies": [{"name": "hybrid", "alpha": 0.5, "mix": "pair"}],
        "negatives": {"count": 1, "from": ["bm25"], "language": "both"},
    }
    raw["training"]["positives"] = 2
    raw["evaluation"] |= {
        "debias": [{"method": "csls-pool", "models": "all"}],
        "diagnostics": ["lang_ndcg", "first_hit", "reciprocity", "hubness"],
        "comparisons": {"margin": 0.5},
    }
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(raw), encoding="utf-8")
    run_workflow(folder / "run", "results/report.html", f"results/cards/{NAME}__seed-1.md", config=config)
    return folder / "run/results", config


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_encoder_has_the_layers_that_are_asked_for(run):
    results, _ = run
    config = json.loads((results / "encoders/tiny/config.json").read_text(encoding="utf-8"))
    assert config["num_hidden_layers"] == 2


def test_batches_are_mixed_by_pair_with_negatives_in_both_languages_and_two_positives(run):
    results, _ = run
    folder = results / "batches/demo-en-pt/hybrid-0.5-pair/seed-1"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["mix"] == "pair"
    assert manifest["pairs"] == 60
    assert 0 < manifest["monolingual_pairs"] < 4 * 8
    assert (folder / "audit.json").exists()
    model = json.loads((results / f"models/{NAME}__seed-1/manifest.json").read_text(encoding="utf-8"))
    assert model["mix"] == "pair"
    assert model["negatives"]["language"] == "both"
    assert model["positives"]["count"] == 2


def test_trained_models_are_scored_with_csls_and_all_models_with_diagnostics(run):
    results, _ = run
    rows = rows_of(results / "scores.csv")
    models = {(row["strategy"], row["debias"]) for row in rows}
    assert models == {(name, debias) for name in ("none", "hybrid-pair") for debias in ("none", "csls-pool")}
    diagnosed = {name for name, measure in MEASURES.items() if measure.diagnostic}
    found = {row["measure"] for row in rows}
    assert diagnosed <= found
    values = {
        row["debias"]: row["value"]
        for row in rows
        if (row["strategy"], row["setting"], row["measure"], row["query_language"])
        == ("hybrid-pair", "multilingual", "map", "mean")
    }
    assert values["none"] != values["csls-pool"]


def test_equivalence_is_tested(run):
    results, _ = run
    rows = [row for row in rows_of(results / "comparisons.csv") if row["measure"] == "map"]
    assert {row["margin"] for row in rows} == {"0.5"}
    assert all(0 <= float(row["p_equivalent_corrected"]) <= 1 for row in rows)
    assert "equivalent" in {row["outcome"] for row in rows}


def test_what_the_encoder_was_trained_on_is_marked(run):
    results, _ = run
    assert "may not be zero-shot" in (results / "report.html").read_text(encoding="utf-8")
    assert "squad" in (results / f"cards/{NAME}__seed-1.md").read_text(encoding="utf-8").lower()


def test_nothing_is_left_to_do(run, run_workflow):
    results, config = run
    assert "Nothing to be done" in run_workflow(results.parent, "results/report.html", "--dry-run", config=config)
