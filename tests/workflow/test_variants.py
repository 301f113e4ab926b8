"""Variants and listed experiments, from the configuration to the scores: one language, a tiny encoder, two batches."""

import csv
import json

import pytest
import yaml
from tiny import write_tiny_encoder

START = "tiny__mine__mono"


@pytest.fixture(scope="module")
def run(run_workflow, lexical_settings, tmp_path_factory):
    """The results of a run, and its configuration."""
    folder = tmp_path_factory.mktemp("variants")
    pairs = [
        {"pair_id": f"p{n}", "question": f"What is number {n}?", "passage": f"It is {n} indeed."} for n in range(8)
    ]
    (folder / "en.jsonl").write_text("".join(json.dumps(row) + "\n" for row in pairs), encoding="utf-8")
    source = write_tiny_encoder(folder / "source")
    raw = lexical_settings(folder) | {
        "corpora": {"mine": {"licence": "mine", "files": {"en": {"file": str(folder / "en.jsonl")}}}},
        "training_sets": {"mine": {"corpora": ["mine"], "languages": ["en"]}},
        "encoders": {"tiny": {"source": "folder", "path": str(source), "query_length": 32, "passage_length": 32}},
        "batches": {"strategies": [{"name": "mono"}, {"name": "cross"}], "batch_size": 4, "batches": 2, "shards": 1},
        "variants": {"small": {"batches": {"batch_size": 2}}, "hot": {"training": {"temperature": 0.5}}},
        "experiments": [
            {"encoder": "tiny", "training_set": "mine", "strategy": "mono", "variant": [None, "hot"]},
            {"encoder": "tiny", "training_set": "mine", "strategy": "mono", "variant": "small", "seeds": [5]},
        ],
    }
    raw["evaluation"] |= {"lexical": []}
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(raw), encoding="utf-8")
    card = f"results/cards/{START}__small__seed-5.md"
    run_workflow(folder, "results/scores.csv", "results/comparisons.csv", card, config=config)
    return folder / "results", config


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_what_is_listed_is_trained_and_nothing_else(run):
    results, _ = run
    names = {"__hot__seed-1": (4, 0.5), "__seed-1": (4, 0.05), "__small__seed-5": (2, 0.05)}
    assert sorted(path.name for path in (results / "models").iterdir()) == [f"{START}{name}" for name in names]
    for name, expected in names.items():
        manifest = json.loads((results / f"models/{START}{name}/manifest.json").read_text(encoding="utf-8"))
        assert (manifest["parameters"]["batch_size"], manifest["parameters"]["temperature"]) == expected


def test_a_variant_has_batches_of_its_own_only_where_its_rows_differ(run):
    results, _ = run
    said = {
        path.parent.relative_to(results / "batches").as_posix(): json.loads(path.read_text()).get("variant")
        for path in (results / "batches").rglob("audit.json")
    }
    assert said == {"mine/mono/seed-1": None, "mine/mono__small/seed-5": "small"}


def test_scores_comparisons_and_the_card_name_the_variant(run):
    results, _ = run
    rows = read(results / "scores.csv")
    assert list(rows[0])[-2:] == ["queries", "variant"]
    assert {(row["training_set"], row["seed"], row["variant"]) for row in rows} == {
        ("", "", ""),
        ("mine", "1", ""),
        ("mine", "1", "hot"),
        ("mine", "5", "small"),
    }
    pairs = {(row["model_a"], row["model_b"]) for row in read(results / "comparisons.csv")}
    trained = [START, f"{START}__hot", f"{START}__small"]
    assert pairs == {*((name, "tiny") for name in trained), *((name, START) for name in trained[1:])}
    card = (results / f"cards/{START}__small__seed-5.md").read_text(encoding="utf-8")
    assert "fine-tuned with monolingual batches, small (" in card


def test_what_an_experiment_without_variants_has_made_is_used_as_it_is(run, run_workflow, tmp_path):
    results, config = run
    raw = yaml.safe_load(config.read_text(encoding="utf-8"))
    del raw["variants"], raw["experiments"]
    raw["batches"]["strategies"] = [{"name": "mono"}]
    plain = tmp_path / "plain.yaml"
    plain.write_text(yaml.safe_dump(raw), encoding="utf-8")
    planned = run_workflow(results.parent, "results/scores.csv", "--dry-run", config=plain)
    assert "rule collect_scores:" in planned
    assert [name for name in ("train_encoder", "build_batches", "score_model") if f"rule {name}:" in planned] == []
    left = run_workflow(results.parent, "list_leftovers", config=plain)
    assert "results/batches/" in left
    assert f"{START}__seed-1" not in left
