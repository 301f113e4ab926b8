"""What every rule must have, and what no script may do."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "workflow/scripts").glob("*.py"))


# Another process, because Snakemake's API changes the folder, the signal handlers and the log of the one that it is in.
# It keeps the rules in an attribute of its own.
INTROSPECT = """
import json, sys
from pathlib import Path
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, ResourceSettings, StorageSettings

root, folder = map(Path, sys.argv[1:3])
with SnakemakeApi(OutputSettings(quiet={"all"})) as api:
    workflow = api.workflow(
        snakefile=root / "Snakefile", workdir=folder, resource_settings=ResourceSettings(cores=1),
        storage_settings=StorageSettings(),
        config_settings=ConfigSettings(configfiles=[root / "config.yaml"], config=json.loads(sys.argv[3])),
    )
    rules = {
        rule.name: {
            "docstring": rule.docstring, "conda": bool(rule.conda_env), "script": rule.script,
            "resources": list(rule.resources), "params": [name for name, _ in rule.params.items()],
            "log": [str(path) for path in rule.log], "benchmark": str(rule.benchmark),
            "is_local": rule.name in workflow._workflow._localrules, "retries": rule._restart_times,
            "functions": [name for name, one in rule.resources.items() if one.is_evaluable()],
            "output": [str(path) for path in rule.output], "cache": rule.params.get("cache", lambda wildcards: None)({}),
        }
        for rule in workflow._workflow.rules
    }
(folder / "rules.json").write_text(json.dumps(rules))
"""


def introspect(folder, config):
    """Return what Snakemake knows of every rule in a working directory, with changes of the configuration."""
    subprocess.run([sys.executable, "-c", INTROSPECT, ROOT, folder, json.dumps(config)], check=True)
    return json.loads((folder / "rules.json").read_text())


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    """What Snakemake knows of every rule but ``all``."""
    found = introspect(tmp_path_factory.mktemp("contract"), {})
    for target in ("all", "translations", "list_leftovers", "remove_leftovers"):
        assert found.pop(target)["docstring"]
    assert len(found) == len(SCRIPTS)
    return found


def test_every_rule_says_why_and_what_it_needs(rules):
    for name, rule in rules.items():
        assert rule["docstring"], name
        assert rule["conda"], name
        assert rule["script"] == f"../scripts/{name}.py", name
        assert {"mem_mb", "runtime"} <= set(rule["resources"]), name
        assert "code" in rule["params"], name


def test_every_rule_has_a_log_and_a_benchmark_of_its_own(rules):
    for name, rule in rules.items():
        assert len(rule["log"]) == 1, name
        assert rule["log"][0].startswith(f"results/logs/{name}/"), name
        assert rule["benchmark"].startswith(f"results/benchmarks-of-jobs/{name}/"), name


def test_fetching_and_writing_of_small_files_is_no_job_of_a_cluster(rules):
    small = re.compile("fetch_|collect_|write_|describe_|render_|list_")
    assert {name for name, rule in rules.items() if rule["is_local"]} == set(filter(small.match, rules))


def test_only_what_is_not_submitted_tries_again_on_its_own(rules):
    # A submitted job is a Snakemake of its own, which would try again within each attempt of the first: 4 × 4 attempts.
    assert {name: rule["retries"] for name, rule in rules.items() if rule["retries"]} == {
        "fetch_file": 3,
        "fetch_wheel": 3,
    }
    assert all(rule["is_local"] for rule in rules.values() if rule["retries"])


def test_what_a_submitted_job_asks_for_depends_on_its_attempt(rules):
    for name, rule in rules.items():
        assert rule["is_local"] or {"mem_mb", "runtime"} <= set(rule["functions"]), name


CONDA = """
import json, os, sys
from pathlib import Path
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, DeploymentMethod, DeploymentSettings, OutputSettings
from snakemake.settings.types import ResourceSettings, StorageSettings

root, folder = map(Path, sys.argv[1:])
with SnakemakeApi(OutputSettings(quiet={"all"})) as api:
    workflow = api.workflow(
        snakefile=root / "Snakefile", workdir=folder, resource_settings=ResourceSettings(cores=1),
        storage_settings=StorageSettings(), config_settings=ConfigSettings(configfiles=[root / "config.yaml"]),
        deployment_settings=DeploymentSettings(deployment_method={DeploymentMethod.CONDA}),
    )._workflow
    shown = workflow.deployment_settings.conda_not_block_search_path_envvars
print(json.dumps([shown, os.environ["PYTHONPATH"], os.environ.get("PYTHONNOUSERSITE")]))
"""


def test_a_job_in_a_conda_environment_sees_this_package_and_nothing_else_from_outside(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CONDA, ROOT, tmp_path],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": "/somewhere/else"},
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [True, str(ROOT / "src"), "1"]


def test_the_translation_cache_is_the_working_directorys_below_results_and_else_the_projects(rules, tmp_path):
    elsewhere = introspect(tmp_path, {"translation": {"cache": "shared/cache"}})
    for name in ("translate_shard", "score_engine"):
        assert rules[name]["cache"] == "results/cache/translations"
        assert elsewhere[name]["cache"] == str(ROOT / "shared/cache")


def test_every_wildcard_is_constrained(rules):
    for name, rule in rules.items():
        for output in rule["output"]:
            for wildcard in re.findall(r"{(\w+)", output):
                assert re.search(rf"{{{wildcard}\s*,", output), (name, output)


def test_every_script_is_an_adapter():
    for path in SCRIPTS:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)][1:]
        lines = sum(node.end_lineno - node.lineno + 1 for node in body)
        assert lines <= 12, path.name
        source = path.read_text(encoding="utf-8")
        assert "snakemake.config" not in source, path.name
        assert re.search(rf"^    {path.stem}\(", source, re.MULTILINE), f"{path.name} does not call {path.stem}"


def test_nothing_in_the_package_knows_snakemake():
    for path in (ROOT / "src").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {
            name.split(".")[0]
            for node in ast.walk(tree)
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        assert "snakemake" not in imported, path


def test_constraints_pin_what_is_installed_here():
    from importlib import metadata

    for name in (
        "torch",
        "transformers",
        "sentence-transformers",
        "snakemake",
        "faiss-cpu",
        "bm25s",
        "pyarrow",
        "numpy",
    ):
        version = metadata.version(name).partition("+")[0]
        assert f"{name}=={version}" in (ROOT / "constraints.txt").read_text(), name
