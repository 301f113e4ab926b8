"""``profiles/slurm`` on a cluster of two nodes, of which one is lost: nothing differs from a local run."""

import importlib.metadata
import os
import re

import pytest
import yaml
from cluster.run import compared, public_files
from cluster.slurm import missing_programs

SAME = ("rerun-incomplete", "rerun-triggers", "show-failed-logs", "max-checksum-file-size", "scheduler")
BENCHMARK = {
    "en/corpus.jsonl": '{"_id": "d1", "text": "the moon is far"}\n{"_id": "d2", "text": "the sea is deep"}\n',
    "en/queries.jsonl": '{"_id": "q1", "text": "how far is the moon"}\n{"_id": "q2", "text": "how deep is the sea"}\n',
    "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n",
}


@pytest.fixture
def lexical(tmp_path):
    """A configuration that scores BM25 on two queries: 11 jobs, of which 4 are submitted."""
    for name, text in BENCHMARK.items():
        path = tmp_path / "benchmark" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    settings = {
        "title": "Words",
        "seeds": [1],
        "encoders": {},
        "benchmarks": {"mine": {"folder": str(tmp_path / "benchmark"), "languages": ["en"]}},
        # The cluster has no GPU: no job may ask it for one.
        "evaluation": {
            "lexical": ["bm25"],
            "debias": [],
            "search_depth": 20,
            "bootstrap_resamples": 100,
            "gpu": True,
        },
    }
    path = tmp_path / "lexical.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


@pytest.fixture
def slurm():
    """Slurm and its executor; skips without them, and fails where CI is set."""
    missing = missing_programs()
    if not missing:
        return importlib.metadata.version("snakemake-executor-plugin-slurm")
    says = f"Slurm is not installed ({', '.join(missing)}); on Debian: apt install slurm-wlm munge"
    return pytest.fail(says) if os.environ.get("CI") else pytest.skip(says)


def test_a_lost_node_changes_no_file(slurm, lexical, tmp_path):
    found = compared(tmp_path / "runs", lexical)
    assert found.killed, "no job ran on the cluster"
    assert found.killed[2] >= 1, "Slurm did not start the job of the lost node again"
    assert found.different == []
    assert found.files >= 15


def test_a_file_that_differs_or_is_missing_is_seen(tmp_path):
    files = {
        "results/scores.csv": "1",
        "results/ranks/a/b.parquet": "2",
        "results/logs/a.log": "3",
        "results/run.json": "4",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    before = public_files(tmp_path)
    assert sorted(before) == ["results/ranks/a/b.parquet", "results/scores.csv"]
    (tmp_path / "results/scores.csv").write_text("2", encoding="utf-8")
    assert public_files(tmp_path) != before


def test_the_profile_asks_for_no_gpu_in_any_rule_that_may(root):
    profile = yaml.safe_load((root / "profiles/slurm/profile.yaml").read_text(encoding="utf-8"))
    asking = set()
    for path in (root / "workflow/rules").glob("*.smk"):
        for rule in re.split(r"^rule ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            resources = re.search(r"^    resources:\n((?:        .*\n)+)", rule, flags=re.MULTILINE)
            if resources and re.search(r"^        gpu=", resources[1], flags=re.MULTILINE):
                asking.add(rule.partition(":")[0])
    assert profile["set-resources"] == {rule: {"gpu": 0} for rule in asking}


def test_the_profile_reruns_what_the_default_one_does(root):
    profiles = [
        yaml.safe_load((root / f"profiles/{name}/profile.yaml").read_text(encoding="utf-8"))
        for name in ("default", "slurm")
    ]
    assert [profiles[0][key] for key in SAME] == [profiles[1][key] for key in SAME]
