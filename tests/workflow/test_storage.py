"""Results in object storage, and jobs that share no folder: each has the files that its rule declares."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from equilingual.files import sha256_of

STORAGE = Path(__file__).parent / "storage"
# They have the time; the page and its data show it.
OF_THE_TIME = {"results/run.json", "results/report.html", "results/report.json"}


def contents(folder):
    """Return the hash of every file of the results, but logs, times of jobs and Snakemake's timestamps of folders."""
    skipped = {"logs", "benchmarks-of-jobs"}
    files = {path.relative_to(folder).as_posix(): path for path in (folder / "results").rglob("*") if path.is_file()}
    return {
        name: sha256_of(path)
        for name, path in files.items()
        if name.split("/")[1] not in skipped and path.name != ".snakemake_timestamp" and name not in OF_THE_TIME
    }


@pytest.fixture
def in_storage(run_workflow, tmp_path, monkeypatch):
    """Return a function that runs the workflow with its results in a bucket, and gives what Snakemake said."""
    paths = [str(STORAGE), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    asked = ("--default-storage-provider", "folder", "--default-storage-prefix", f"folder://{tmp_path}/bucket")

    def run(*arguments, config):
        return run_workflow(tmp_path / "run", *asked, *arguments, "--shared-fs-usage", "none", config=config)

    return run


def test_a_run_in_object_storage_leaves_the_files_of_a_local_one(in_storage, run_workflow, lexical, tmp_path):
    config = tmp_path / "lexical.yaml"
    config.write_text(yaml.safe_dump(lexical), encoding="utf-8")
    output = in_storage(config=config)
    assert f"Written: folder://{tmp_path}/bucket/results/report.html" in output
    run_workflow(tmp_path / "local", config=config)
    found = contents(tmp_path / "bucket")
    assert found == contents(tmp_path / "local")
    assert "results/runs/bm25/mine/all.trec.gz" in found
    # The configuration's own files are read where they are.
    assert not list((tmp_path / "bucket").rglob("corpus.jsonl"))

    assert "Nothing to be done" in in_storage(config=config)
    # A stage that runs again gets the whole of a folder of which it needs another file, too.
    (tmp_path / "bucket/results/examples/mine.json").unlink()
    in_storage("results/examples/mine.json", config=config)
    assert contents(tmp_path / "bucket") == found


@pytest.fixture
def alone(root):
    """Return a function that runs the jobs of a run with their declared inputs alone, and gives (code, output)."""

    def run(*arguments):
        command = [sys.executable, root / "tests/alone.py", *arguments]
        paths = os.pathsep.join([str(root / "src"), str(root / "tests")])
        environment = {**os.environ, "PYTHONPATH": paths, "HF_HUB_OFFLINE": "1"}
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
        return done.returncode, done.stdout + done.stderr

    return run


def test_no_stage_reads_a_file_that_its_rule_does_not_declare(alone, smoke):
    code, output = alone(smoke)
    assert code == 0, output[-6000:]
    rules = {line.partition(":")[0] for line in output.splitlines()}
    assert {"check_overlap", "train_encoder", "encode_texts", "search_indexes", "collect_examples"} <= rules


def test_a_stage_that_reads_one_is_found(alone, smoke):
    code, output = alone(smoke, "--rules", "check_overlap", "--withheld", "qrels.parquet")
    assert code == 1
    assert "results/benchmarks/demo/qrels.parquet is missing" in output
