"""``equilingual.evaluate`` gives what the workflow gives, byte by byte."""

import os

import yaml
from small_benchmark import write_small_benchmark
from tiny import write_tiny_encoder

import equilingual
from equilingual.command import main

LENGTHS = {"query_length": 32, "passage_length": 64}


def test_evaluate_gives_the_workflows_values(run_workflow, tmp_path):
    write_tiny_encoder(tmp_path / "tiny")
    write_small_benchmark(tmp_path / "small")
    config = {
        "title": "The same",
        "seeds": [1],
        "encoders": {"tiny": {"source": "folder", "path": str(tmp_path / "tiny"), **LENGTHS}},
        "benchmarks": {"small": {"folder": str(tmp_path / "small"), "languages": ["de", "en"]}},
        "evaluation": {"debias": ["center-pool", "lsar-pool"]},
    }
    (tmp_path / "my.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    # As many threads as evaluate takes: sums of floats depend on them.
    cores = str(len(os.sched_getaffinity(0)))
    run_workflow(tmp_path / "run", "results/scores.csv", config=tmp_path / "my.yaml", cores=cores)
    scores = equilingual.evaluate(
        tmp_path / "tiny",
        tmp_path / "small",
        debias=["center-pool", "lsar-pool"],
        encoder=LENGTHS,
        cache=tmp_path / "cache",
    )
    scores.to_csv(tmp_path / "scores.csv")
    assert (tmp_path / "scores.csv").read_bytes() == (tmp_path / "run/results/scores.csv").read_bytes()


def test_the_workflow_takes_what_init_writes(run_workflow, tmp_path, monkeypatch):
    """Written for the demo's files, planned to the report: inputs are found, and every job has its parameters."""
    monkeypatch.chdir(tmp_path)
    pairs = [f'{{"id": "{n}", "question": "How far is star {n}?", "answer": "{n} light years."}}\n' for n in range(70)]
    for tag in ("en", "de"):
        (tmp_path / f"faq.{tag}.jsonl").write_text("".join(pairs))
    assert main(["init", "."]) == 0
    said = run_workflow(tmp_path / "run", "results/report.html", "--dry-run", config=tmp_path / "my.yaml")
    assert "train_encoder" in said
    assert "read_corpus" in said
