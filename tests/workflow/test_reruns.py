"""What reruns a rule: a real change of its code, and neither a timestamp nor a comment."""

import os
import shutil
import time

import pytest
import yaml


def planned(output):
    """Return the names of the rules that a dry run would run."""
    assert "Nothing to be done" in output or "Job stats:" in output, output
    table = output.partition("Job stats:")[2].partition("total")[0].splitlines()[3:]
    return {line.split()[0] for line in table if line.strip()}


def edit(path, text):
    """Append to a file, which gives it a time in the future."""
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    later = time.time() + 3600
    os.utime(path, (later, later))


@pytest.fixture
def finished(checkout, lexical, run_in, tmp_path):
    """A checkout with its scores, its configuration, and a function that gives the rules which would run again."""
    config = tmp_path / "my.yaml"
    config.write_text(yaml.safe_dump(lexical), encoding="utf-8")
    what = ["results/scores.csv", "--configfile", config]
    code, output = run_in(checkout, *what)
    assert code == 0, output[-3000:]
    return checkout, lambda folder, *arguments: planned(run_in(folder, *what, "--dry-run", *arguments)[1])


def test_a_rule_runs_again_for_a_real_change_only_also_in_a_fresh_clone(finished, tmp_path):
    checkout, again = finished
    # Results that are copied into a fresh clone are taken.
    clone = tmp_path / "clone"
    shutil.copytree(checkout, clone)
    later = time.time() + 3600
    for path in [*clone.glob("workflow/**/*"), *clone.glob("src/**/*"), clone / "Snakefile"]:
        os.utime(path, (later, later))
    assert again(clone) == set()

    scripts = checkout / "workflow/scripts"
    for script in scripts.glob("*.py"):
        edit(script, "# A comment.\n")
    # A profile of one's own, which says nothing of what reruns a rule, takes the place of the shipped one.
    (tmp_path / "profile").mkdir()
    (tmp_path / "profile/config.yaml").write_text("rerun-incomplete: true\n")
    own = ("--workflow-profile", tmp_path / "profile")
    assert again(checkout) == set()
    assert again(checkout, *own) == set()
    # Whoever asks for the timestamps of scripts, and not for parameters, gets them.
    assert "score_model" in again(checkout, "--rerun-triggers", "mtime", "code")

    edit(scripts / "score_model.py", "ADDED = 1\n")
    assert again(checkout, *own) == {"score_model", "collect_scores"}
