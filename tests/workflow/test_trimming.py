"""A trimmed encoder beside the same encoder untrimmed: two encoders, two directories."""

import json
import re

import yaml
from families import write_family


def test_an_encoder_is_prepared_whole_and_then_trimmed(run_workflow, smoke_settings, tmp_path):
    raw = smoke_settings()
    raw["training_sets"]["demo-en-pt"].update(languages=["en"])
    raw["batches"]["strategies"] = [{"name": "mono"}]
    [benchmark] = raw["benchmarks"]
    source = str(write_family(tmp_path / "source", "bge-m3"))
    entry = {"source": "folder", "path": source, "query_length": 32, "passage_length": 64}
    raw["encoders"] = {"tiny": entry, "tiny-all": {**entry, "trim": {"benchmarks": [benchmark]}}}
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(raw), encoding="utf-8")
    folder = tmp_path / "run"
    target = "results/encoders/tiny-all/manifest.json"
    run_workflow(folder, target, config=config)
    made = {path.name: path for path in (folder / "results/encoders").iterdir()}
    assert sorted(made) == ["tiny-all", "tiny-all+whole"]
    about = {name: json.loads((path / "manifest.json").read_text()) for name, path in made.items()}
    assert {entry["encoder"] for entry in about.values()} == {"tiny-all"}
    assert "trimmed" not in about["tiny-all+whole"]
    trimmed = about["tiny-all"]["trimmed"]
    # Questions and passages of 80 pairs; 18 questions and 36 candidates in each of three languages.
    assert trimmed["texts"] == 2 * 80 + 3 * (18 + 36)
    assert trimmed["rows"] < trimmed["rows_before"]
    # Nothing that the trimming names has changed: nothing is to be done.
    assert "Nothing to be done" in run_workflow(folder, target, "--dry-run", config=config)
    # The same encoder untrimmed is another one, of the same files.
    plain = run_workflow(folder, "results/encoders/tiny/manifest.json", "--dry-run", config=config)
    assert set(re.findall(r"^rule (\w+):", plain, re.M)) == {"prepare_encoder"}
