"""A training with terms that need companions, from the corpus to the report, and the average of its seeds."""

import csv
import json

import numpy as np
import pytest
import yaml
from safetensors.numpy import load_file
from tiny import write_tiny_encoder

NAME = "tiny__demo-en-pt__hybrid-0.5"


@pytest.fixture(scope="module")
def run(run_workflow, smoke_settings, tmp_path_factory):
    """The folder of a run of a tiny encoder with two seeds, and its configuration."""
    folder = tmp_path_factory.mktemp("terms")
    raw = smoke_settings()
    source = write_tiny_encoder(folder / "source")
    raw["encoders"] = {"tiny": {"source": "folder", "path": str(source), "query_length": 32, "passage_length": 64}}
    raw["seeds"] = [1, 2]
    del raw["batches"]["strategies"][1:]
    for tag, word in (("en", "word"), ("sw", "neno")):
        lines = [f"{word} number {n}\n" if tag == "en" else f"{word} namba {n}\n" for n in range(40)]
        (folder / f"software.{tag}").write_text("".join(lines), encoding="utf-8")
    files = {tag: {"file": str(folder / f"software.{tag}")} for tag in ("en", "sw")}
    raw["corpora"]["software"] = {"format": "moses", "licence": "MIT", "files": files}
    raw["training"] |= {
        "average_seeds": True,
        "micro_batch_size": 3,
        "regularizers": {
            "consistency": {"weight": 2},
            "pivot": {"weight": 3},
            "centring": {"weight": 4, "corpora": ["software"], "texts": 16},
        },
    }
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(raw), encoding="utf-8")
    run_workflow(folder / "run", "results/report.html", f"results/cards/{NAME}__average.md", config=config)
    return folder / "run/results", config


def test_batches_have_companions_and_their_audit_has_passed(run):
    results, _ = run
    for seed in (1, 2):
        audit = json.loads((results / f"batches/demo-en-pt/hybrid-0.5/seed-{seed}/audit.json").read_text())
        assert audit["companions"]["rows"] == {"companion": 16, "pivot": 16}


def test_the_history_has_the_terms(run):
    results, _ = run
    for seed in (1, 2):
        lines = (results / f"histories/{NAME}__seed-{seed}.jsonl").read_text(encoding="utf-8").splitlines()
        for row in map(json.loads, lines):
            whole = row["contrast"] + 2 * row["consistency"] + 3 * row["pivot"] + 4 * row["centring"]
            assert row["loss"] == pytest.approx(whole, rel=1e-5)


def test_the_sentences_that_the_centring_term_sees_are_checked_and_in_no_batch(run):
    results, _ = run
    overlap = json.loads((results / "bitext/software/overlap.json").read_text(encoding="utf-8"))
    assert (overlap["left_out"], set(overlap["benchmarks"])) == (0, {"demo"})
    assert "bitext" not in json.loads((results / "batches/demo-en-pt/hybrid-0.5/seed-1/manifest.json").read_text())
    card = (results / f"models/{NAME}__seed-1/README.md").read_text(encoding="utf-8")
    assert "software: MIT" in card
    lines = (results / f"histories/{NAME}__seed-1.jsonl").read_text(encoding="utf-8").splitlines()
    assert all(row["centring"] > 0 for row in map(json.loads, lines))  # Swahili is in no batch


def test_the_average_is_a_model_that_is_scored_beside_its_seeds(run):
    results, _ = run
    own = [load_file(results / f"models/{NAME}__seed-{seed}/model.safetensors") for seed in (1, 2)]
    averaged = load_file(results / f"models/{NAME}__average/model.safetensors")
    for name, weight in averaged.items():
        np.testing.assert_allclose(weight, np.mean([one[name] for one in own], axis=0), rtol=1e-6, atol=1e-9)
    with open(results / "scores.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    trained = [row for row in rows if row["training_set"]]
    assert {(row["strategy"], row["alpha"], row["seed"], row["debias"]) for row in trained} == {
        ("hybrid", "0.5", seed, "none") for seed in ("1", "2", "")
    }
    values = [[row["value"] for row in trained if row["seed"] == seed] for seed in ("1", "2", "")]
    assert len(values[0]) == len(values[1]) == len(values[2]) > 0
    assert values[0] != values[2] != values[1]
    with open(results / "comparisons.csv", newline="", encoding="utf-8") as file:
        pairs = {(row["model_a"], row["model_b"], row["seeds_a"], row["seeds_b"]) for row in csv.DictReader(file)}
    assert {pair for pair in pairs if "average" in pair[0]} == {
        (f"{NAME}__average", NAME, "", "2"),
        (f"{NAME}__average", "tiny", "", ""),
        (f"{NAME}__average", "tiny+center-pool", "", ""),
    }


def test_the_page_names_the_average_and_lists_the_trainings_alone(run):
    results, _ = run
    data = json.loads((results / "report.json").read_text(encoding="utf-8"))
    entries = {one["name"]: one for one in data["models"]}
    assert entries[f"{NAME}__average"]["label"] == "hybrid batches, α = 0.5, average of 2 seeds"
    assert (entries[f"{NAME}__average"]["seeds"], entries[NAME]["seeds"]) == ([], [1, 2])
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "average of 2 seeds" in page
    table = page.partition("Experiments</caption>")[2].partition("</table>")[0]
    assert table.count("seed-") == 2
    assert "average" not in table
    card = (results / f"cards/{NAME}__average.md").read_text(encoding="utf-8")
    assert "fine-tuned with hybrid batches, α = 0.5, average of 2 seeds" in card
    assert "1, 2: the average of their weights" in card


def test_nothing_is_left_to_do(run, run_workflow):
    results, config = run
    assert "Nothing to be done" in run_workflow(results.parent, "results/report.html", "--dry-run", config=config)
