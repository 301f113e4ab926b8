"""Variants and listed experiments, from the configuration to the report: a tiny encoder, two batches a training."""

import csv
import json

import pytest
import yaml
from tiny import write_tiny_encoder

START = "tiny__demo-en-pt__"


@pytest.fixture(scope="module")
def run(run_workflow, smoke_settings, tmp_path_factory):
    """The results of a run, and its configuration."""
    folder = tmp_path_factory.mktemp("variants")
    raw = smoke_settings()
    source = write_tiny_encoder(folder / "source")
    raw["encoders"] = {"tiny": {"source": "folder", "path": str(source), "query_length": 32, "passage_length": 64}}
    raw["batches"] |= {"strategies": [{"name": "mono"}, {"name": "cross"}], "batches": 2, "shards": 1}
    raw["variants"] = {"small": {"batches": {"batch_size": 2}}, "hot": {"training": {"temperature": 0.5}}}
    entry = {"encoder": "tiny", "training_set": "demo-en-pt"}
    raw["experiments"] = [
        entry | {"strategy": "mono", "variant": [None, "small", "hot"]},
        entry | {"strategy": "cross", "variant": "small", "seeds": [5]},
    ]
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(raw), encoding="utf-8")
    run_workflow(folder, "results/report.html", f"results/cards/{START}mono__small__seed-1.md", config=config)
    return folder / "results", config


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_what_is_listed_is_trained_and_nothing_else(run):
    results, _ = run
    assert sorted(path.name for path in (results / "models").iterdir()) == [
        f"{START}cross__small__seed-5",
        f"{START}mono__hot__seed-1",
        f"{START}mono__seed-1",
        f"{START}mono__small__seed-1",
    ]
    parameters = {
        name: json.loads((results / f"models/{START}mono{name}__seed-1/manifest.json").read_text())["parameters"]
        for name in ("", "__small", "__hot")
    }
    assert {name: (one["batch_size"], one["temperature"]) for name, one in parameters.items()} == {
        "": (4, 0.05),
        "__small": (2, 0.05),
        "__hot": (4, 0.5),
    }


def test_a_variant_has_batches_of_its_own_only_where_its_rows_differ(run):
    results, _ = run
    folders = sorted(path.parent for path in (results / "batches").rglob("audit.json"))
    assert [path.relative_to(results / "batches/demo-en-pt").as_posix() for path in folders] == [
        "cross__small/seed-5",
        "mono/seed-1",
        "mono__small/seed-1",
    ]
    said = [json.loads((path / "audit.json").read_text()).get("variant") for path in folders]
    assert said == ["small", None, "small"]


def test_scores_comparisons_the_report_and_the_card_name_the_variant(run):
    results, _ = run
    rows = read(results / "scores.csv")
    assert list(rows[0])[-2:] == ["queries", "variant"]
    assert {(row["strategy"], row["seed"], row["variant"]) for row in rows if row["training_set"]} == {
        ("mono", "1", ""),
        ("mono", "1", "small"),
        ("mono", "1", "hot"),
        ("cross", "5", "small"),
    }
    pairs = {(row["model_a"], row["model_b"]) for row in read(results / "comparisons.csv")}
    trained = {tuple(name.removeprefix(START) for name in pair) for pair in pairs if START in pair[1]}
    assert trained == {("mono__small", "mono"), ("mono__hot", "mono"), ("cross__small", "mono__small")}
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "monolingual batches, small" in page
    card = (results / f"cards/{START}mono__small__seed-1.md").read_text(encoding="utf-8")
    assert "monolingual batches, small" in card


def test_without_the_keys_the_same_experiment_is_not_made_again_and_others_are_left_over(run, run_workflow, tmp_path):
    results, config = run
    raw = yaml.safe_load(config.read_text(encoding="utf-8"))
    del raw["variants"], raw["experiments"]
    raw["batches"]["strategies"] = [{"name": "mono"}]
    plain = tmp_path / "plain.yaml"
    plain.write_text(yaml.safe_dump(raw), encoding="utf-8")
    made = run_workflow(results.parent, "results/scores.csv", "--dry-run", config=plain)
    assert "rule collect_scores" in made
    assert not [name for name in ("train_encoder", "build_batches", "score_model") if f"rule {name}" in made]
    left = run_workflow(results.parent, "list_leftovers", config=plain)
    assert "results/models/: 3 files" not in left  # folders, each with a line or a count
    assert "batches" in left
    assert f"results/models/{START}mono__seed-1" not in left
