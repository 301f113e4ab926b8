"""The scheduler of a run wakes when there is something to do."""

import os
import subprocess
import sys

import yaml

# Counts the timers that wake the scheduler, and those of them that run at the same time.
COUNTED = """
import sys, threading
from snakemake.cli import main
from snakemake.scheduling.job_scheduler import JobScheduler

running, most, started = set(), [0], [0]

def start(scheduler, delay):
    def wake():
        running.discard(timer)
        scheduler._open_jobs.release()
    timer = threading.Timer(delay, wake)
    running.add(timer)
    started[0] += 1
    most[0] = max(most[0], len(running))
    timer.start()

JobScheduler._schedule_reevalutation = start
try:
    main(sys.argv[1:])
finally:
    print("timers:", started[0], "together:", most[0])
"""


def test_one_timer_wakes_the_scheduler_and_not_one_for_each_job_that_has_ended(root, lexical, tmp_path):
    (tmp_path / "lexical.yaml").write_text(yaml.safe_dump(lexical), encoding="utf-8")
    command = ["--snakefile", root / "Snakefile", "--directory", tmp_path, "--cores", "2", "--configfile"]
    done = subprocess.run(
        [sys.executable, "-c", COUNTED, *command, tmp_path / "lexical.yaml"],
        check=False, capture_output=True, text=True, cwd=root, env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    words = done.stdout.split("timers:")[1].split()
    started, together = int(words[0]), int(words[2])
    assert started > 1
    assert together <= 4  # one, and on a busy machine some that are about to end; else one for each job
