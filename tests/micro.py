"""Configurations of runs that are as small as can be: one of all stages, and one without a model."""

import json
from pathlib import Path

import yaml

from equilingual.files import sha256_of

ROOT = Path(__file__).resolve().parents[1]
# Of judgements the first id is the question's.
_TOPICS = "honey-bees", "volcanoes", "lighthouses"
_STARTS = "query-id", *_TOPICS, *(f'{{"_id": "{topic}' for topic in _TOPICS)


def write_small_data(target):
    """Write a part of the demo: 80 QA pairs, and of the benchmark the 18 questions and 36 candidates of three topics."""
    demo = ROOT / "resources/demo"
    for source in (demo / "train/en.jsonl", *(demo / "evaluation").rglob("*.*")):
        lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
        chosen = lines[:80] if "train" in source.parts else [line for line in lines if line.startswith(_STARTS)]
        place = target / source.relative_to(demo)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("".join(chosen), encoding="utf-8")


def small_settings(data):
    """Return the smoke configuration for the small data, which the caller may change."""
    raw = yaml.safe_load((ROOT / "configs/smoke.yaml").read_text(encoding="utf-8"))
    raw["corpora"]["demo"]["files"]["en"]["file"] = str(data / "train/en.jsonl")
    raw["benchmarks"]["demo"]["folder"] = str(data / "evaluation")
    raw["batches"]["batch_size"] = 4
    return raw


def one_strategy(data):
    """Return the same configuration with the first of its strategies alone."""
    raw = small_settings(data)
    del raw["batches"]["strategies"][1:]
    return raw


def write_lexical(place):
    """Write a benchmark of two queries, and return a configuration that scores BM25 on it: seconds, and no model."""
    folder = place / "benchmark"
    (folder / "en").mkdir(parents=True)
    (folder / "qrels").mkdir()
    texts = {"d1": "the moon is far", "d2": "the sea is deep", "d3": "a fish swims"}
    queries = {"q1": "how far is the moon", "q2": "how deep is the sea"}
    for name, rows in (("corpus", texts), ("queries", queries)):
        lines = [json.dumps({"_id": key, "text": text}) + "\n" for key, text in rows.items()]
        (folder / f"en/{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n", encoding="utf-8")
    return {
        "title": "Words",
        "seeds": [1],
        "encoders": {},
        "benchmarks": {"mine": {"folder": str(folder), "languages": ["en"]}},
        "evaluation": {"lexical": ["bm25"], "debias": [], "search_depth": 20, "bootstrap_resamples": 100},
    }


# What a run leaves that has the time in it, or is no result.
_OTHERS = {"logs", "benchmarks-of-jobs", "work", "cache", "tensorboard"}
_OF_SNAKEMAKE = ".snakemake_timestamp"  # an empty file in a folder that a rule makes


def public_files(folder, hash_of=sha256_of):
    """Return the hash of everything that a run leaves, but logs, timings and TensorBoard's files, which have the time.

    The manifests of the run and of a study have its time and its cost, and the pages show them: of the page's data all
    else is compared.
    """
    files = (path for path in (folder / "results").rglob("*") if path.is_file())
    found = {
        path.relative_to(folder).as_posix(): hash_of(path)
        for path in files
        if path.relative_to(folder).parts[1] not in _OTHERS and path.name != _OF_SNAKEMAKE
    }
    for name in ("results/run.json", "results/report.html"):
        assert found.pop(name)
    found = {name: value for name, value in found.items() if Path(name).name not in ("run.json", "report.html")}
    data = json.loads((folder / "results/report.json").read_text(encoding="utf-8"))
    assert data.pop("provenance")["date"]
    return found | {"results/report.json": data}
