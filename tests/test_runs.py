"""The manifest of a run: its date, commit, configuration and cost."""

import os
import re
import subprocess
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from equilingual import provenance
from equilingual.embeddings import write_embeddings
from equilingual.energy import energy_line
from equilingual.files import read_json
from equilingual.plan.configuration import shown_configuration
from equilingual.runs import describe_run, describe_study, model_costs, stage_costs

HEAD = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
RULES = ("train_encoder", "collect_scores", "empty", "never_run")


def job(folder, name, *lines):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + "".join(lines))


def test_costs_are_summed_by_rule_and_memory_is_that_of_the_largest_job(tmp_path):
    job(tmp_path, "train_encoder/a/b.tsv", "10.5\t0:00:10\t1700.25\t1\t1\t1\t1\t1\t80\t20.25\n")
    job(tmp_path, "train_encoder/c.tsv", "2\t0:00:02\t900\t1\t1\t1\t1\t1\t80\t3\n")
    job(tmp_path, "collect_scores/scores.tsv", "0.3\t0:00:00\t-\t-\t-\t-\t-\t-\t0.00\tNA\n")
    job(tmp_path, "train_encoder/left/over.tsv", "1000\t0:00:02\t90000\t1\t1\t1\t1\t1\t80\t3\n")
    job(tmp_path, "lint_batches/a.tsv", "1000\t0:00:02\t90000\t1\t1\t1\t1\t1\t80\t3\n")
    (tmp_path / "empty").mkdir()
    own = {rule: rf"{re.escape(str(tmp_path))}/{rule}/(a/b|c|scores)\.tsv" for rule in RULES}
    assert stage_costs(tmp_path, own, tmp_path / "logs") == {
        "collect_scores": {"jobs": 1, "seconds": 0.3, "cpu_seconds": 0.0, "memory_mb": 0.0},
        "train_encoder": {"jobs": 2, "seconds": 12.5, "cpu_seconds": 23.25, "memory_mb": 1700.2},
    }
    assert stage_costs(tmp_path / "nothing", own, tmp_path / "logs") == {}
    for name, last in (("train_encoder/a/b", energy_line(40.25)), ("train_encoder/c", energy_line(2)), ("train_encoder/left/over", energy_line(9)),
                       ("collect_scores/scores", "done")):  # fmt: skip
        log = tmp_path / f"logs/{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(f"2026-11-30 INFO equilingual: {'x' * 600}\n2026-11-30 INFO equilingual: {last}\n")
    found = stage_costs(tmp_path, own, tmp_path / "logs")
    assert found["train_encoder"]["joules"] == 42.2  # to one decimal
    assert "joules" not in found["collect_scores"]


def test_the_cost_of_a_model_is_that_of_its_training_and_of_each_benchmark(tmp_path):
    job(tmp_path, "train_encoder/m__seed-1.tsv", "10.5\t0:00:10\t1700.25\t1\t1\t1\t1\t1\t80\t20.25\n")
    job(tmp_path, "encode_texts/m__seed-1/xquad-r.tsv", "4\t0:00:04\t900\t1\t1\t1\t1\t1\t80\t3\n")
    job(tmp_path, "encode_texts/m__seed-1/flores.tsv", "2.5\t0:00:02\t900\t1\t1\t1\t1\t1\t80\t3\n")
    job(tmp_path, "encode_texts/base/flores.tsv", "3\t0:00:03\t900\t1\t1\t1\t1\t1\t80\t3\n")
    job(tmp_path, "encode_texts/left/flores.tsv", "9\t0:00:09\t900\t1\t1\t1\t1\t1\t80\t3\n")
    for shard, seconds in ((0, 5), (1, 6.25), (2, 99)):  # the third is another configuration's
        job(tmp_path, f"encode_shard/base/flores/{shard}.tsv", f"{seconds}\t0:00:05\t900\t1\t1\t1\t1\t1\t80\t3\n")
    own = {"train_encoder": r".*/m__seed-1\.tsv", "encode_texts": r".*/(m__seed-1|base)/\w+(-r)?\.tsv", "score": ".*"}
    own["encode_shard"] = r".*/[01]\.tsv"
    assert model_costs(tmp_path, own) == {
        "base": {"encoding": {"flores": 3.0 + 5 + 6.25}},
        "m__seed-1": {"training": {"seconds": 10.5, "memory_mb": 1700.2}, "encoding": {"flores": 2.5, "xquad-r": 4.0}},
    }
    assert model_costs(tmp_path, {}) == {}


def test_the_length_of_a_models_vectors_is_in_the_header_of_any_of_its_embeddings(tmp_path):
    for place in ("base/xquad-r", "base/gone", "other/xquad-r", "damaged/xquad-r"):
        job(tmp_path, f"encode_texts/{place}.tsv", "2\t0:00:02\t900\t1\t1\t1\t1\t1\t80\t3\n")
    vectors = tmp_path / "embeddings/base/xquad-r/candidates.npy"
    write_embeddings([np.ones((3, 7), dtype=np.float32)], (3, 7), vectors)
    (tmp_path / "embeddings/damaged/xquad-r").mkdir(parents=True)
    (tmp_path / "embeddings/damaged/xquad-r/candidates.npy").write_bytes(b"\x93NUMPY")
    found = model_costs(tmp_path, {"encode_texts": ".*"}, tmp_path / "embeddings")
    assert {name: cost.get("dimensions") for name, cost in found.items()} == {"base": 7, "damaged": None, "other": None}


def test_the_size_of_a_models_network_is_in_the_headers_of_its_weights(tmp_path):
    models = ("base", "trained", "damaged", "no-weights")
    for name in models:
        job(tmp_path, f"encode_texts/{name}/xquad-r.tsv", "2\t0:00:02\t900\t1\t1\t1\t1\t1\t80\t3\n")
    shards = [tmp_path / f"encoders/base/{name}.safetensors" for name in ("model-00001-of-00002", "model-00002-of-00002", "2_Dense/model")]  # fmt: skip
    shapes = {"words": (11, 4), "layer": (4, 4)}, {"norm": (4,), "scale": ()}, {"weight": (3, 4)}
    for path, tensors in zip(shards, shapes, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = {name: np.ones(shape, dtype=np.float16) for name, shape in tensors.items()}
        save_file(arrays, path, metadata={"format": "pt"})
    (tmp_path / "models/trained").mkdir(parents=True)
    save_file({"words": np.ones((5, 2), dtype=np.float32)}, tmp_path / "models/trained/model.safetensors")
    for broken in (b"", b"\xff" * 40, b"\x02" + bytes(7) + b"[]", b"\x06" + bytes(7) + b'{"a":1}'):
        (tmp_path / "models/damaged").mkdir(exist_ok=True)
        (tmp_path / "models/damaged/model.safetensors").write_bytes(broken)
        found = model_costs(tmp_path, {"encode_texts": ".*"}, networks=[tmp_path / "encoders", tmp_path / "models"])
        sizes = {name: (cost.get("parameters"), cost.get("weight_bytes")) for name, cost in found.items()}
        # By hand: 44 + 16 weights, 4 + 1, and 12; and 10. The bytes are those of the files.
        assert sizes == {
            "base": (77, sum(path.stat().st_size for path in shards)),
            "trained": (10, (tmp_path / "models/trained/model.safetensors").stat().st_size),
            "damaged": (None, None),
            "no-weights": (None, None),
        }


def test_the_date_is_that_of_the_newest_result_and_the_command_makes_the_run_again(tmp_path):
    for name, time in (("scores.csv", 1_796_000_000), ("comparisons.csv", 1_795_000_000)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time, time))
    about = {"files": ["configs/mine.yaml"], "text": "title: mine\n"}
    files = [tmp_path / "comparisons.csv", tmp_path / "scores.csv"]
    describe_run(results=files, jobs=tmp_path, logs=tmp_path, own={}, configuration=about, out=tmp_path / "run.json")
    found = read_json(tmp_path / "run.json")
    assert found["date"] == "2026-11-30T00:53:20Z"
    assert found["configuration"] == about
    assert found["command"] == "snakemake --configfile configs/mine.yaml --cores all"
    describe_run(
        results=files,
        jobs=tmp_path,
        logs=tmp_path,
        own={},
        configuration=about | {"files": ["config.yaml"]},
        out=tmp_path / "run.json",
    )
    assert read_json(tmp_path / "run.json")["command"] == "snakemake --cores all"


def test_a_studys_run_has_its_date_and_the_cost_of_what_it_is_made_of(tmp_path):
    rules = ("train_encoder", "build_indexes", "compare_models", "render_report", "describe_study", "analyse_study")
    for rule in rules:
        job(tmp_path / "jobs", f"{rule}/x.tsv", "10\t0:00:10\t1700\t1\t1\t1\t1\t1\t80\t20\n")
    (tmp_path / "study.json").touch()
    os.utime(tmp_path / "study.json", (1_796_000_000, 1_796_000_000))
    own = {rule: rf"{re.escape(str(tmp_path))}/jobs/{rule}/x\.tsv" for rule in rules}
    about = {"files": ["configs/studies/a.yaml"], "text": ""}
    given = {"jobs": tmp_path / "jobs", "logs": tmp_path, "own": own, "configuration": about}
    describe_study(study=tmp_path / "study.json", **given, out=tmp_path / "run.json")
    found = read_json(tmp_path / "run.json")
    assert found["date"] == "2026-11-30T00:53:20Z"
    assert set(found["stages"]) == {"train_encoder", "analyse_study"}


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with a package as this one is, and a function that calls git in it."""
    package = tmp_path / "src/equilingual"
    package.mkdir(parents=True)
    (package / "x.py").write_text("")
    monkeypatch.setattr(provenance, "PACKAGE", package)

    def git(*command):
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        return subprocess.run(["git", *who, *command], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    return git


def test_the_commit_is_the_packages_and_changes_are_those_of_tracked_files(repository, tmp_path):
    assert provenance.commit_of_the_code() == (None, None)
    repository("init", "--quiet")
    repository("add", ".")
    repository("commit", "--quiet", "--message", "x")
    head = repository("rev-parse", "HEAD").strip()
    (tmp_path / "results.csv").write_text("x")
    assert provenance.commit_of_the_code() == (head, False)
    (tmp_path / "src/equilingual/x.py").write_text("1")
    assert provenance.commit_of_the_code() == (head, True)


def test_a_copy_inside_another_repository_has_no_commit(repository, tmp_path, monkeypatch):
    repository("init", "--quiet")
    repository("add", ".")
    repository("commit", "--quiet", "--message", "x")
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path / "vendored/src/equilingual")
    (tmp_path / "vendored/src/equilingual").mkdir(parents=True)
    assert provenance.commit_of_the_code() == (None, None)


def test_the_configuration_is_shown_without_secrets_and_without_folders_of_the_machine(tmp_path):
    raw = {"title": "é", "corpora": {"x": {"files": "https://me:5ecret@a.example/x.jsonl"}}}
    elsewhere = tmp_path / "home/me/mine.yaml"
    found = shown_configuration(raw, [tmp_path / "root/configs/a.yaml", elsewhere], tmp_path / "root")
    assert found["files"] == ["configs/a.yaml", "mine.yaml"]
    assert "5ecret" not in found["text"]
    assert found["text"].startswith("title: é\ncorpora:\n")


def test_a_configuration_in_json_is_shown_as_yaml():
    """Snakemake reads the mappings of such a file as OrderedDict, those inside lists too."""
    raw = OrderedDict(title="a", list=[OrderedDict(b=1, a=OrderedDict(c=None))])
    assert shown_configuration(raw, [], Path("/"))["text"] == "title: a\nlist:\n- b: 1\n  a:\n    c: null\n"
