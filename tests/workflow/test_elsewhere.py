"""The workflow as a part of another one: a module, with and without a prefix, or included."""

import csv
import json
import subprocess
import sys

import pytest
import yaml

MODULE = """
configfile: "config.yaml"

module equilingual:
    snakefile: "{checkout}/Snakefile"
    config: config["equilingual"]
{prefix}

use rule * from equilingual as equilingual_*

rule parent:
    default_target: True
    input: "{place}results/scores.csv"
    output: "mine.csv"
    shell: "cp {{input:q}} {{output:q}}"
"""
INCLUDED = """
configfile: "config.yaml"
include: "{checkout}/Snakefile"

rule parent:
    default_target: True
    input: "results/scores.csv"
    output: "mine.csv"
    shell: "cp {{input:q}} {{output:q}}"
"""


@pytest.fixture
def installed(tmp_path):
    """The environment of a user who has another copy of the package installed."""
    (tmp_path / "site/equilingual").mkdir(parents=True)
    (tmp_path / "site/equilingual/__init__.py").write_text("raise RuntimeError('the installed copy was imported')\n")
    return {"PYTHONPATH": str(tmp_path / "site")}


@pytest.fixture
def parent(tmp_path, checkout, lexical):
    """Return a function that writes another workflow, which takes this one, and returns its folder."""

    def write(text, place="", **others):
        folder = tmp_path / "parent"
        folder.mkdir()
        prefix = f"    prefix: '{place.rstrip('/')}'" if place else ""
        (folder / "Snakefile").write_text(text.format(checkout=checkout, place=place, prefix=prefix), encoding="utf-8")
        config = lexical | others
        config = config if text is INCLUDED else {"equilingual": config, "mine": 1}
        (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        return folder

    return write


def test_a_module_with_a_prefix_runs(parent, checkout, run_in, installed, lexical):
    # A path of the configuration is relative to this workflow's folder, wherever the other one is.
    (checkout / "data").symlink_to(lexical["benchmarks"]["mine"]["folder"])
    benchmarks = {"mine": {"folder": "data", "languages": ["en"]}}
    folder = parent(MODULE, "words/", benchmarks=benchmarks)
    code, output = run_in(folder, **installed)
    assert code == 0, output[-3000:]
    with open(folder / "mine.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    # Each query shares its words with one document alone.
    assert {float(row["value"]) for row in rows if row["measure"] == "map"} == {1.0}
    assert {path.name for path in folder.iterdir()} == {".snakemake", "Snakefile", "config.yaml", "mine.csv", "words"}
    assert (folder / "words/results/logs/score_model/bm25/mine.log").exists()
    assert not (checkout / "results").exists()
    assert "Nothing to be done" in run_in(folder, "--dry-run", **installed)[1]


@pytest.mark.parametrize("text", [MODULE, INCLUDED])
def test_a_module_without_a_prefix_and_an_included_workflow_have_a_plan(parent, run_in, installed, text):
    code, output = run_in(parent(text), "--dry-run", **installed)
    assert code == 0, output[-3000:]
    assert "output: results/scores.csv" in output
    of_module = "equilingual_" if text is MODULE else ""
    assert f"rule {of_module}score_model:" in output


def test_what_is_wrong_in_a_modules_configuration_is_said_with_its_key(parent, run_in):
    folder = parent(MODULE, titel="x")
    code, output = run_in(folder, "--dry-run")
    assert code != 0
    assert "titel: unknown key (value 'x'); did you mean 'title'?" in output
    assert 'File "' not in output
    config = folder / "config.yaml"
    lines = config.read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "mine: 1"
    config.write_text("\n".join([*lines, "mine: 2"]), encoding="utf-8")
    code, output = run_in(folder, "--dry-run")
    assert f"config.yaml, line {len(lines) + 1}: the key 'mine' is given twice, first in line {len(lines)}" in output


PARAMETERS = """
import json, sys
from pathlib import Path
from snakemake.api import SnakemakeApi
from snakemake.settings.types import OutputSettings, ResourceSettings, StorageSettings

folder = Path(sys.argv[1])
with SnakemakeApi(OutputSettings(quiet={"all"})) as api:
    workflow = api.workflow(
        snakefile=folder / "Snakefile", workdir=folder, resource_settings=ResourceSettings(cores=1),
        storage_settings=StorageSettings(),
    )._workflow
    rules = {rule.name: dict(rule.params.items()) for rule in workflow.rules}
    train, mine, shard = (rules[f"equilingual_{name}"] for name in ("train_encoder", "mine_negatives", "translate_shard"))
    from snakemake.iocontainers import Wildcards
    names = Wildcards(fromdict={"miner": "e5-small", "corpus": "demo", "language": "es"})
    found = [train["checkpoints"], train["tensorboard"], mine["encoder"](names), shard["cache"](names)]
    found.append(shard["engine"](names)["first"]["folder"])
    found += [mine["work"]]
    found += [rules[f"equilingual_{name}"]["work"] for name in ("encode_texts", "encode_shard", "encode_translations")]
Path(sys.argv[2]).write_text(json.dumps(found))
"""


def test_the_prefix_stands_before_the_folders_that_only_parameters_name(parent, root, tmp_path):
    raw = yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))
    raw["corpora"]["demo"]["files"]["en"]["file"] = str(root / "resources/demo/train/en.jsonl")
    (tmp_path / "model").mkdir()
    nllb = {"kind": "ctranslate2", "family": "nllb", "model": str(tmp_path / "model")}
    raw["translation"]["engines"] = {
        "a": nllb,
        "b": nllb,
        "both": {"kind": "pivot", "first": "a", "second": "b", "through": "pt"},
    }
    raw["training_sets"]["demo-en-pt"].update(languages=["en", "es"], engine="both")
    raw["benchmarks"]["demo"]["folder"] = str(root / "resources/demo/evaluation")
    folder = parent(MODULE, "words/", **raw)
    subprocess.run([sys.executable, "-c", PARAMETERS, folder, tmp_path / "found.json"], check=True, cwd=folder)
    assert json.loads((tmp_path / "found.json").read_text()) == [
        "words/results/work/train_encoder/{experiment}",
        "words/results/tensorboard/{experiment}",
        "words/results/encoders/e5-small",
        "words/results/cache/translations",
        "words/results/translators/a",
        "words/results/work/mine_negatives/{training_set}/{miner}",
        "words/results/work/encode_texts/{model}/{benchmark}",
        "words/results/work/encode_shard/{model}/{benchmark}/{shard}",
        "words/results/work/encode_translations/{model}/{benchmark}/{translator}",
    ]
