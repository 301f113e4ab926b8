"""A file of a run that is damaged: every stage that reads it gives the same result or says which file it is."""

import os
import subprocess
import sys

# Those that load no torch: a trial of theirs takes a fraction of a second. ``tests/faults/damage.py`` tries all.
STAGES = (
    "check_overlap",
    "collect_comparisons",
    "collect_scores",
    "compare_models",
    "debias_embeddings",
    "audit_batches",
    "merge_translations",
    "render_report",
    "score_model",
)


def test_a_damaged_file_gives_the_same_result_or_an_error(root, smoke, tmp_path):
    command = [sys.executable, root / "tests/faults/damage.py", smoke, "--flips", "2", "--rules", *STAGES]
    paths = os.pathsep.join([str(root / "src"), str(root / "tests")])
    done = subprocess.run(
        [*command, "--out", tmp_path / "table.md"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.strip("| ").split(" | ") for line in (tmp_path / "table.md").read_text().splitlines()[2:-1]]
    for stage in STAGES:
        # Two flips, half, empty and missing of one file at least.
        assert sum(int(trials) for rule, _, trials, *_ in rows if rule == stage) >= 5, stage
