"""A trimmed encoder beside the same encoder untrimmed: two encoders, two directories."""

import json

import yaml
from families import write_family


def test_an_encoder_is_prepared_whole_and_then_trimmed(run_workflow, root, tmp_path):
    raw = yaml.safe_load((root / "configs/smoke.yaml").read_text(encoding="utf-8"))
    raw["training_sets"]["demo-en-pt"].update(languages=["en"])
    raw["batches"]["strategies"] = [{"name": "mono"}]
    [benchmark] = raw["benchmarks"]
    source = str(write_family(tmp_path / "source", "bge-m3"))
    entry = {"source": "folder", "path": source, "query_length": 32, "passage_length": 64}
    raw["encoders"] = {"tiny": entry, "tiny-en": {**entry, "trim": {}}}
    raw["encoders"]["tiny-all"] = {**entry, "trim": {"benchmarks": [benchmark]}}
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(raw), encoding="utf-8")
    folder = tmp_path / "run"
    run_workflow(folder, *(f"results/encoders/{name}/manifest.json" for name in raw["encoders"]), config=str(config))
    made = {path.name: path for path in (folder / "results/encoders").iterdir()}
    assert sorted(made) == ["tiny", "tiny-all", "tiny-all+whole", "tiny-en", "tiny-en+whole"]
    about = {name: json.loads((path / "manifest.json").read_text()) for name, path in made.items()}
    assert {entry["encoder"] for name, entry in about.items() if "en" in name} == {"tiny-en"}
    texts = {name: entry["trimmed"]["texts"] for name, entry in about.items() if "trimmed" in entry}
    assert texts["tiny-en"] == 560  # questions and passages of 280 pairs
    assert texts["tiny-all"] > 560
    assert about["tiny-en+whole"]["files"]["model.safetensors"] == about["tiny"]["files"]["model.safetensors"]
    rows = {name: entry["trimmed"]["rows"] for name, entry in about.items() if "trimmed" in entry}
    assert rows["tiny-en"] < rows["tiny-all"] < about["tiny-en"]["trimmed"]["rows_before"]
    # Nothing that the trimming names has changed: nothing is to be done.
    again = run_workflow(folder, "results/encoders/tiny-en/manifest.json", "--dry-run", config=str(config))
    assert "Nothing to be done" in again
