"""A distilled encoder is made from the whole one, then trimmed; two of them share the whole one."""

import json
import re

import yaml
from tiny import write_tiny_encoder


def test_encoders_are_distilled_from_one_that_is_prepared_once(run_workflow, smoke_settings, tmp_path):
    raw = smoke_settings()
    raw["training_sets"]["demo-en-pt"].update(languages=["en"])
    raw["batches"]["strategies"] = [{"name": "mono"}]
    source = str(write_tiny_encoder(tmp_path / "source", layers=3))
    entry = {"source": "folder", "path": source, "query_length": 32, "passage_length": 64}
    distilled = {"training_sets": ["demo-en-pt"], "steps": 3, "batch_size": 8}
    raw["encoders"] = {
        "one": {**entry, "layers": 1, "distilled": distilled},
        "two": {**entry, "layers": [0, 2], "distilled": distilled, "trim": {}},
    }
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(raw), encoding="utf-8")
    folder = tmp_path / "run"
    targets = [f"results/encoders/{name}/manifest.json" for name in raw["encoders"]]
    run_workflow(folder, *targets, config=config)
    made = {
        path.name: json.loads((path / "manifest.json").read_text()) for path in (folder / "results/encoders").iterdir()
    }
    assert sorted(made) == ["one", "one+teacher", "two", "two+whole"]
    assert "distilled" not in made["one+teacher"]
    assert (made["one"]["encoder"], made["one"]["layers"]) == ("one", [0])
    assert (made["two"]["encoder"], made["two"]["layers"]) == ("two", [0, 2])
    assert made["two"]["distilled"] == made["two+whole"]["distilled"]
    for name in ("one", "two"):
        own = made[name]["distilled"]
        assert (own["languages"], own["steps"], own["passage_length"]) == (["en"], 3, 64)
        assert own["cosine"] not in (1, own["cosine_before"])
    assert "trimmed" in made["two"]
    # Nothing is distilled on texts that were not compared with the benchmarks.
    assert (folder / "results/overlaps/demo-en-pt.json").exists()
    assert "Nothing to be done" in run_workflow(folder, *targets, "--dry-run", config=config)
    # Another rate distils again, and prepares nothing.
    raw["encoders"]["one"]["distilled"] = distilled | {"learning_rate": 1e-4}
    config.write_text(yaml.safe_dump(raw), encoding="utf-8")
    planned = run_workflow(folder, *targets, "--dry-run", config=config)
    assert set(re.findall(r"^rule (\w+):", planned, re.M)) == {"distil_encoder"}
