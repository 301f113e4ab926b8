"""Bitext through the rules: an archive from a server and files of one's own, filtered, checked, batched, trained on."""

import functools
import http.server
import io
import json
import re
import threading
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from tiny import write_tiny_encoder

from equilingual.batching import BatchReader

LINES = {
    "en": "Press the button number {n} to open the window of the program.",
    "de": "Drücken Sie die Taste Nummer {n}, um das Fenster des Programms zu öffnen.",
    "fr": "Appuyez sur le bouton numéro {n} pour ouvrir la fenêtre du programme.",
}


def lines(tag, numbers):
    return "".join(LINES[tag].format(n=n) + "\n" for n in numbers)


@pytest.fixture
def server(tmp_path):
    """An archive of OPUS's shape behind a URL."""
    folder = tmp_path / "served"
    folder.mkdir()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for tag in ("en", "fr"):
            archive.writestr(f"Mine.en-fr.{tag}", lines(tag, range(100, 130)))
        archive.writestr("README", "a corpus")
    (folder / "en-fr.txt.zip").write_bytes(content.getvalue())
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_tiny_training_on_bitext_from_end_to_end(run_workflow, smoke_settings, tmp_path, server):
    raw = smoke_settings()
    [benchmark] = raw["benchmarks"]
    [training_set] = raw["training_sets"]
    raw["training_sets"][training_set].update(languages=["en"])
    entry = {"source": "folder", "path": str(write_tiny_encoder(tmp_path / "source")), "query_length": 32}
    raw["encoders"] = {"tiny": {**entry, "passage_length": 64, "trim": {"benchmarks": [benchmark]}}}
    queries = Path(raw["benchmarks"][benchmark]["folder"], "en/queries.jsonl").read_text(encoding="utf-8")
    asked = json.loads(queries.splitlines()[0])["text"]  # one sentence is a question of the benchmark
    for tag, last in (("en", f"{asked}\n"), ("de", lines("de", [99]))):
        (tmp_path / f"own.{tag}").write_text(lines(tag, range(30)) + last, encoding="utf-8")
    raw["corpora"] |= {
        "own": {"format": "moses", "folder": f"{tmp_path}/own.{{language}}", "languages": ["en", "de"]},
        "opus": {"format": "moses", "licence": "a licence", "pairs": {"en-fr": f"{server}/en-fr.txt.zip"}},
    }
    raw["batches"] = {
        "strategies": [{"name": "mono"}],
        "batch_size": 8,
        "batches": 12,
        "shards": 2,
        "bitext": {"corpora": ["own", "opus"], "share": 0.5},
    }
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(raw), encoding="utf-8")
    folder = tmp_path / "run"
    experiment = f"tiny__{training_set}__mono__seed-1"
    target = f"results/models/{experiment}/manifest.json"
    run_workflow(folder, target, config=config)
    results = folder / "results"
    own = pq.read_table(results / "bitext/own/sentences.parquet")
    assert own.column_names == ["sentence", "en", "de"]
    assert own["de"][7].as_py() == LINES["de"].format(n=7)
    counts = json.loads((results / "bitext/opus/counts.json").read_text())
    assert (counts["kept"], counts["fetched"][0]["source"]) == (30, f"{server}/en-fr.txt.zip")
    assert json.loads((results / "bitext/own/overlap.json").read_text())["benchmarks"] == {benchmark: 1}
    batches = results / f"batches/{training_set}/mono/seed-1"
    modes = [table["mode"][0].as_py() for table in map(BatchReader(batches / "manifest.json").read, range(12))]
    assert {"mono", "bitext"} == set(modes)
    audit = json.loads((batches / "audit.json").read_text())
    assert audit["bitext"]["share"]["batches"] == modes.count("bitext")
    about = json.loads((results / f"models/{experiment}/manifest.json").read_text())
    assert set(about["bitext"]["corpora"]) == {"own", "opus"}
    # Questions and passages of 80 pairs, 18 questions and 36 candidates in each of three languages, and 61 sentences.
    trimmed = json.loads((results / "encoders/tiny/manifest.json").read_text())["trimmed"]
    assert trimmed["texts"] == 2 * 80 + 3 * (18 + 36) + 2 * 61
    history = (results / f"histories/{experiment}.jsonl").read_text().splitlines()
    assert [json.loads(line)["mode"] for line in history] == modes
    card = (results / f"models/{experiment}/README.md").read_text(encoding="utf-8")
    assert "parallel sentences of own, opus in en, de, fr" in card
    assert "opus: a licence" in card
    # Nothing is left to be done, and the report reads what was counted.
    assert "Nothing to be done" in run_workflow(folder, target, "--dry-run", config=config)
    planned = run_workflow(folder, "results/report.html", "--dry-run", config=config)
    assert "results/bitext/opus/overlap.json" in planned
    assert not re.search(r"^rule (read|check)_bitext:", planned, re.M)
    # Another share builds other batches, and reads nothing again.
    raw["batches"]["bitext"]["share"] = 0.2
    config.write_text(yaml.safe_dump(raw), encoding="utf-8")
    planned = set(re.findall(r"^rule (\w+):", run_workflow(folder, target, "--dry-run", config=config), re.M))
    assert "build_batches" in planned
    assert planned.isdisjoint({"read_bitext", "check_bitext", "read_corpus", "prepare_encoder"})
