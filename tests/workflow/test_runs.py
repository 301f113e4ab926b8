"""The workflow as its users run it: whole, again, by stage, with wrong input."""

import csv
import json
import os
import subprocess
import sys

import pytest
import yaml

CONFIGS = ("config.yaml", "configs/smoke.yaml", "configs/xquad-r-cpu.yaml")


def jobs(output):
    """Return the rules and their numbers of jobs from Snakemake's table."""
    table = output.split("Job stats:")[1].split("total")[0] if "Job stats:" in output else ""
    rows = [line.split() for line in table.splitlines()]
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


@pytest.mark.parametrize("config", CONFIGS)
def test_every_shipped_configuration_has_a_plan(snakemake, tmp_path, config):
    planned = jobs(snakemake(tmp_path, "--dry-run", config=config))
    assert planned["render_report"] == 1
    assert planned["train_encoder"] == (1 if "smoke" in config else 3)


def test_a_configuration_replaces_the_default_and_is_not_merged_with_it(snakemake, tmp_path, root):
    output = snakemake(tmp_path, "--dry-run", config="configs/xquad-r-cpu.yaml")
    assert "translate_shard" not in output
    assert "demo" not in output.replace("demo-", "")


def test_a_run_leaves_the_promised_files(smoke):
    results = smoke / "results"
    model = "e5-small__demo-en-pt__hybrid-0.5__seed-1"
    for name in (
        "corpora/demo/en.parquet",
        "translations/demo/pt/pairs.parquet",
        "batches/demo-en-pt/hybrid-0.5/seed-1/manifest.json",
        f"models/{model}/modules.json",
        f"embeddings/{model}/demo/candidates.npy",
        f"indexes/{model}/demo/all.faiss",
        f"runs/{model}/demo/all.trec.gz",
        "benchmarks/demo/qrels.trec.gz",
        "scores/e5-small+center-pool/demo.parquet",
        "report.html",
    ):
        assert (results / name).stat().st_size > 0, name
    with open(results / "scores.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["strategy"], row["debias"]) for row in rows} == {
        ("none", "none"),
        ("none", "center-pool"),
        ("hybrid", "none"),
    }
    # Three languages: 3 monolingual, 6 cross-lingual and 3 multilingual pools.
    cells = {(r["setting"], r["query_language"], r["pool"]) for r in rows if r["pool"] != "mean"}
    assert len(cells) == 12
    encoder = [r for r in rows if r["strategy"] == "none" and r["debias"] == "none" and r["pool"] == "mean"]
    value = {(r["setting"], r["measure"]): float(r["value"]) for r in encoder}
    assert value["monolingual", "map"] > 0.5
    assert value["multilingual", "map"] < value["monolingual", "map"]


def test_a_second_run_does_nothing(smoke, snakemake):
    assert "Nothing to be done" in snakemake(smoke)


def test_one_stage_again_reruns_only_what_depends_on_it(smoke, snakemake):
    planned = jobs(snakemake(smoke, "--dry-run", "--forcerun", "build_indexes"))
    assert planned["build_indexes"] == 3
    assert set(planned) == {
        "all",
        "build_indexes",
        "collect_examples",
        "collect_scores",
        "rank_relevant",
        "render_report",
        "score_model",
        "search_indexes",
    }


def test_a_stage_with_the_same_result_reruns_nothing_after_it(smoke, snakemake, copy_run, tmp_path):
    copy = copy_run(smoke, tmp_path / "copy")
    output = snakemake(copy, "results/corpora/demo/en.parquet", "--forcerun", "read_corpus")
    assert "rule read_corpus" in output
    assert "Nothing to be done" in snakemake(copy)


def test_a_damaged_shard_is_noticed_and_said(smoke, snakemake, copy_run, tmp_path):
    copy = copy_run(smoke, tmp_path / "copy")
    index = next((copy / "results/indexes").rglob("all.faiss"))
    index.write_bytes(index.read_bytes()[:-1] + b"\x00\x01")
    output = snakemake(copy, "--forcerun", "search_indexes", check=False)
    assert "all.faiss is missing or damaged" in output
    assert "Traceback" not in output.split("Logfile")[1].split("=====\n")[1]


def changed(root, tmp_path, change):
    raw = yaml.safe_load((root / "configs/smoke.yaml").read_text(encoding="utf-8"))
    change(raw)
    path = tmp_path / "changed.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["batches"].update(strategies=[{"name": "hybird"}]), "did you mean 'hybrid'?"),
        (
            lambda c: c["batches"].update(strategies=[{"name": "hybrid", "alpha": 2}]),
            "less than or equal to 1 (value 2",
        ),
        (lambda c: c["training_sets"]["demo-en-pt"].update(languages=["en", "xx"]), "unknown language 'xx'"),
        (lambda c: c.update(sedes=[1]), "did you mean 'seeds'?"),
    ],
)
def test_a_wrong_configuration_stops_before_any_job(snakemake, root, tmp_path, change, message):
    output = snakemake(tmp_path, config=changed(root, tmp_path, change), check=False)
    assert message in output
    assert "Traceback" not in output
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"pair_id": "x", "question": "q?"}', "line 2: a QA pair without a passage"),
        ('{"pair_id": "x", "question": ', "line 2: not JSON"),
    ],
)
def test_a_bad_corpus_is_one_clear_error(snakemake, root, tmp_path, line, message):
    first = (root / "resources/demo/train/en.jsonl").read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "bad.jsonl").write_text(f"{first}\n{line}\n", encoding="utf-8")
    config = changed(
        root, tmp_path, lambda c: c["corpora"]["demo"]["files"].update(en={"file": str(tmp_path / "bad.jsonl")})
    )
    output = snakemake(tmp_path, "results/corpora/demo/en.parquet", config=config, check=False)
    assert f"bad.jsonl, {message}" in output
    assert "Traceback (most recent call last)" not in output.split("Logfile")[1]


def test_training_on_what_is_evaluated_stops_the_run(snakemake, root, tmp_path):
    stolen = json.loads(
        (root / "resources/demo/evaluation/en/corpus.jsonl").read_text(encoding="utf-8").splitlines()[0]
    )
    rows = (root / "resources/demo/train/en.jsonl").read_text(encoding="utf-8").splitlines()
    rows.append(json.dumps({"pair_id": "stolen", "question": "Stolen?", "passage": stolen["text"].upper()}))
    (tmp_path / "leak.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")

    def change(raw):
        raw["corpora"]["demo"]["files"]["en"] = {"file": str(tmp_path / "leak.jsonl")}
        raw["training_sets"]["demo-en-pt"].update(languages=["en"])
        raw["batches"]["strategies"] = [{"name": "mono"}]

    config = changed(root, tmp_path, change)
    output = snakemake(tmp_path, "results/overlaps/demo-en-pt.json", config=config, check=False)
    assert "shares 1 passages with the benchmark demo" in output
    assert "'stolen'" in output


def test_markup_in_a_question_is_text_in_the_report(smoke, snakemake, copy_run, root, tmp_path):
    copy = copy_run(smoke, tmp_path / "copy")
    for examples in (copy / "results/examples").rglob("demo.json"):
        content = json.loads(examples.read_text(encoding="utf-8"))
        content["examples"][0]["question"] = "<script>alert('x')</script>?"
        examples.write_text(json.dumps(content), encoding="utf-8")
    snakemake(copy, "results/report.html", "--forcerun", "render_report", "--rerun-triggers", "mtime")
    page = (copy / "results/report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_package_imports_where_only_its_dependencies_are(root, tmp_path):
    """A rule's environment has the dependencies and not the package, which the scripts find beside them."""
    program = (
        "import sys; sys.path.append(sys.argv[1]); import equilingual.batching, equilingual.corpora, equilingual.fetch; "
        "import equilingual.evaluation, equilingual.translation.stage, equilingual.config; "
        "assert not {'torch', 'transformers', 'faiss', 'snakemake', 'jinja2'} & set(sys.modules), 'heavy imports'; "
        "print(equilingual.__file__)"
    )
    # -S leaves out this environment's packages, the package's own installation among them …
    probe = "import numpy, pydantic, pyarrow, sentencex, os; print(os.path.dirname(os.path.dirname(numpy.__file__)))"
    packages = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.strip()
    # … and its dependencies come back through the path alone, without the installation's import hooks.
    done = subprocess.run(
        [sys.executable, "-S", "-c", program, str(root / "workflow/scripts")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": packages},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "scripts/equilingual" in done.stdout
