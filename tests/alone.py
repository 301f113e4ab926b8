"""Run every job of a finished run in a folder that has its declared inputs alone, and compare what it writes.

A stage that reads a file which its rule does not declare works on one machine, and fails where each job gets its inputs
from object storage. What no storage has to hold is there in the folder, too: the translation cache.

    snakemake --cores 2 --configfile configs/smoke.yaml --directory run --skip-script-cleanup
    PYTHONPATH=src:tests python tests/alone.py run
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from faults.damage import link, preload, read_jobs, run_script, say

from equilingual.files import sha256_of

ON_A_VOLUME = ("results/cache",)
UNDECLARED = (*ON_A_VOLUME, "results/work", "results/tensorboard", "results/benchmarks-of-jobs")
# They write when and at what cost the run was made, from the logs and times of all jobs that they find.
OF_THE_TIME = {"describe_run", "describe_study"}


def put(name, run, folder):
    """Link a file or folder of the run into another folder; the configuration's own files lie elsewhere."""
    if os.path.isabs(name):
        return
    files = [path for path in (run / name).rglob("*") if path.is_file()] if (run / name).is_dir() else [run / name]
    for path in files:
        target = folder / path.relative_to(run)
        if not target.exists():  # a manifest is an input, too, beside its folder
            target.parent.mkdir(parents=True, exist_ok=True)
            link(path, target)


def written(job, folder):
    """Return the hash of every file that a job wrote, by name; Snakemake's own timestamps of folders are left out."""
    files = []
    for name in job.outputs:
        path = folder / name
        files += [one for one in path.rglob("*") if one.is_file()] if path.is_dir() else [path]
    return {
        str(one.relative_to(folder)): sha256_of(one) if one.exists() else None
        for one in files
        if one.name != ".snakemake_timestamp"
    }


def problem_of(job, run, folder, *, withheld):
    """Return what is wrong with a job that has its declared inputs alone; nothing if it writes what it wrote before."""
    for name in [*ON_A_VOLUME, *map(str, job.given.input)]:
        if Path(name).name != withheld and (run / name).exists():
            put(name, run, folder)
    for name in [*job.outputs, *map(str, job.given.log)]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    outcome, said = run_script(job, folder)
    if outcome != "done":
        return said.strip()[-2000:]
    expected, found = written(job, run), written(job, folder)
    other = [name for name in expected | found if expected.get(name) != found.get(name)]
    return f"it writes another {', '.join(sorted(other))}" if other and job.rule not in OF_THE_TIME else ""


def undeclared(jobs, run):
    """Return the files of a run that no job declares."""
    declared = set(UNDECLARED).union(*({*job.outputs, *map(str, job.given.log)} for job in jobs))
    files = (path.relative_to(run) for path in (run / "results").rglob("*") if path.is_file())
    return sorted(str(path) for path in files if not declared & {str(path), *map(str, path.parents)})


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of a run with --skip-script-cleanup")
    parser.add_argument("--rules", nargs="*", help="stages; all by default")
    parser.add_argument("--withheld", help="the name of an input that no job is to get")
    options = parser.parse_args(arguments)
    run = options.run.resolve()
    jobs = read_jobs(run)
    rules = [rule for rule in options.rules or jobs if rule in jobs]
    preload(rules)
    failed = 0
    for job in [job for rule in rules for job in jobs[rule]]:
        with tempfile.TemporaryDirectory(dir=run.parent, prefix=".alone-") as folder:
            problem = problem_of(job, run, Path(folder), withheld=options.withheld)
        failed += bool(problem)
        say(f"{job.rule}: {job.outputs[0]}: {problem or 'same'}")
    say(f"{sum(len(jobs[rule]) for rule in rules)} jobs, {failed} failed")
    lost = undeclared([job for own in jobs.values() for job in own], run)
    say(f"{len(lost)} files that no rule declares: {', '.join(lost)}")
    return int(failed > 0 or bool(lost))


if __name__ == "__main__":
    sys.exit(main())
