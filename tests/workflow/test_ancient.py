"""Jobs behind an `ancient` file run for reasons of their own, and for no other."""

import pytest

SNAKEFILE = """
include: "{setup}"

rule all:
    input: "trained"

rule check:
    output: "checked"
    params: config["check"]
    shell: "echo passed > {{output}}"

rule train:
    input: ancient("checked")
    output: "trained"
    params: config["train"]
    shell: "echo {{params}} > {{output}}"
"""


@pytest.fixture
def run(root, tmp_path, run_in):
    """Return a function that runs a check and a training behind it, with what parameters, and gives what trained."""
    setup = root / "workflow/rules/setup.smk"
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(setup=setup), encoding="utf-8")

    def run(check, train):
        code, output = run_in(tmp_path, "--config", f"check={check}", f"train={train}", "--rerun-incomplete")
        assert code == 0, output
        return (tmp_path / "trained").read_text().strip(), output

    return run


def test_a_check_that_runs_again_reruns_nothing_behind_it(run):
    run(1, "a")
    trained, output = run(2, "a")
    assert trained == "a"
    assert "rule check:" in output
    assert "rule train:" not in output


def test_what_has_changed_too_runs_in_the_same_run(run):
    run(1, "a")
    trained, output = run(2, "b")
    assert trained == "b"
    assert output.index("rule check:") < output.index("rule train:")
    assert "Nothing to be done" in run(2, "b")[1]


def test_what_is_missing_is_made_although_the_check_alone_would_run_again(run, tmp_path):
    run(1, "a")
    (tmp_path / "trained").unlink()
    trained, output = run(2, "a")
    assert trained == "a"
    assert output.index("rule check:") < output.index("rule train:")
