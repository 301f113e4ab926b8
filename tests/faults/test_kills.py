"""Which runs are killed: one that has every stage, and only what is there."""

import re
import subprocess
import sys

import yaml
from every_stage import OTHERS, TARGETS, write_every_stage
from faults.kills import jobs_in, kill

_JOB = "import sys, time; print(flush=True); time.sleep(60)"


def test_the_run_has_every_stage(root, mirror, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(write_every_stage(tmp_path, mirror)), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "all", *TARGETS, "--dry-run", "--directory", tmp_path / "run"]
    done = subprocess.run(
        [*command, "--cores", "2", "--configfile", config], check=True, capture_output=True, text=True, cwd=root
    )
    planned = set(re.findall(r"^(?:local)?rule (\w+):", done.stdout, re.M))
    rules = (path.read_text(encoding="utf-8") for path in (root / "workflow/rules").glob("*.smk"))
    # Without "all" and the like, which stand in the Snakefile.
    assert planned - OTHERS == {name for text in rules for name in re.findall(r"^rule (\w+):", text, re.M)} - OTHERS


def test_what_is_not_there_is_not_killed(tmp_path):
    """A moment without a job: the trial waits for one, or is over."""
    assert jobs_in(tmp_path) == {}
    assert kill("a job", None, tmp_path) is False
    assert kill("both", None, tmp_path) is False


def test_a_job_is_found_with_its_rule_and_killed(tmp_path):
    script = tmp_path / ".snakemake/scripts/tmpab12.score_model.py"
    script.parent.mkdir(parents=True)
    script.write_text(_JOB, encoding="utf-8")
    with subprocess.Popen([sys.executable, script], cwd=tmp_path, stdout=subprocess.PIPE) as job:
        job.stdout.readline()
        assert jobs_in(tmp_path) == {job.pid: "score_model"}
        assert jobs_in(tmp_path, "score_model") == {job.pid: "score_model"}
        assert jobs_in(tmp_path, "score_models") == {}
        assert jobs_in(tmp_path.parent) == {}
        assert kill("a job", None, tmp_path)
        assert job.wait() == -9
