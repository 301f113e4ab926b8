"""SIGKILL a small run at random moments, start it again, and compare everything that it leaves with an undisturbed run.

The run scores BM25 on a benchmark of two queries: every stage but those of models, in seconds. Half of the runs begin in an
empty folder, the others make everything again in a finished one. ``tests/workflow/test_killed.py`` kills each stage of a
run that has them all.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path

import micro
import yaml

KINDS = ("a job", "Snakemake", "both", "all processes")
OUTCOMES = ("injected", "detected", "recovered", "lost")
_SCRIPTS = ".snakemake/scripts/"
_UNLOCK = "--unlock"
_RECORDS = {"counts.json", "manifest.json"}
_FIRST = "build_benchmark"  # all others come after it


class Run:
    """A configuration and the folder of its undisturbed run."""

    def __init__(self, place: Path) -> None:
        self.place, self.config = place, place / "micro.yaml"
        self.config.write_text(yaml.safe_dump(micro.write_lexical(place)), encoding="utf-8")
        start = time.monotonic()
        code, said = self.finish(place / "undisturbed")
        if code:
            raise RuntimeError(said[-3000:])
        self.seconds = time.monotonic() - start
        self.expected = micro.public_files(place / "undisturbed")

    def command(self, folder: Path, *arguments: str) -> list[str]:
        command = [sys.executable, "-m", "snakemake", *arguments, "--snakefile", str(micro.ROOT / "Snakefile")]
        return [*command, "--directory", str(folder), "--cores", "2", "--configfile", str(self.config)]

    def start(self, folder: Path, *arguments: str) -> subprocess.Popen:
        folder.mkdir(parents=True, exist_ok=True)
        log = open(folder.with_name(f"{folder.name}.log"), "w", encoding="utf-8")  # noqa: SIM115 (the process's)
        with log:
            return subprocess.Popen(
                self.command(folder, *arguments),
                cwd=micro.ROOT,
                start_new_session=True,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def finish(self, folder: Path, *arguments: str) -> tuple[int, str]:
        code = self.start(folder, *arguments).wait()
        return code, folder.with_name(f"{folder.name}.log").read_text(encoding="utf-8")


def jobs_in(folder: Path) -> list[int]:
    """Return the ids of the processes that run a job's script in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            command = (entry / "cmdline").read_text() if entry.name.isdigit() else ""
            if _SCRIPTS in command and os.readlink(entry / "cwd") == str(folder):
                found.append(int(entry.name))
    return found


def kill(kind: str, process: subprocess.Popen, folder: Path) -> bool:
    """Kill what is asked for; return whether it was there."""
    jobs = jobs_in(folder)
    if kind in ("a job", "both") and not jobs:
        return False
    with suppress(ProcessLookupError):
        if kind == "all processes":
            os.killpg(process.pid, signal.SIGKILL)
        if kind in ("Snakemake", "both"):
            os.kill(process.pid, signal.SIGKILL)
        for job in jobs if kind == "both" else jobs[:1] if kind == "a job" else []:
            os.kill(job, signal.SIGKILL)
    return True


def trial(run: Run, kind: str, draw: random.Random, folder: Path) -> tuple[str, str]:
    """Return ``late`` (nothing was left to kill), ``recovered`` or ``lost``, and what was said."""
    shutil.rmtree(folder, ignore_errors=True)
    again = draw.random() < 0.5
    if again:
        shutil.copytree(run.place / "undisturbed", folder)
    process = run.start(folder, *(("--forcerun", _FIRST) if again else ()))
    moment = time.monotonic() + draw.uniform(0, run.seconds)
    while process.poll() is None and (time.monotonic() < moment or not kill(kind, process, folder)):
        time.sleep(0.02)
    code = process.wait()
    if code == 0:
        return "late", ""
    for job in jobs_in(folder) if kind != "Snakemake" else []:  # those of a killed group take a moment
        with suppress(ProcessLookupError):
            os.kill(job, signal.SIGKILL)
    return started_again(run, folder)


def started_again(run: Run, folder: Path) -> tuple[str, str]:
    """Start a run that has stopped again; return ``recovered`` or ``lost``, and what was said."""
    run.finish(folder, _UNLOCK)
    code, said = run.finish(folder)
    if code:
        return "lost", said[-3000:]
    found = _asked_for(run, folder)
    wrong = sorted(name for name, value in run.expected.items() if found.get(name) != value)
    return ("lost", f"{wrong} differ or are missing") if wrong else ("recovered", "")


def _asked_for(run: Run, folder: Path) -> dict[str, object]:
    """Return what a run leaves when the files of a killed job are asked for by name.

    Snakemake misses no file that nothing still has to be made of, such as a benchmark's tables where the scores are there.
    """
    found = micro.public_files(folder)
    # A record stands for the files beside it, which no rule names.
    for name in sorted(run.expected.keys() - found.keys(), key=lambda one: Path(one).name not in _RECORDS):
        if name not in found:
            run.finish(folder, name)
            found = micro.public_files(folder)
    return found


def kills(count: int, place: Path, say=print, start: int = 0) -> tuple[dict[str, Counter], list[str]]:
    """Kill so many runs; return the outcomes by what was killed, and what was lost."""
    run, draw = Run(place), random.Random(start)
    return repeated(count, KINDS, lambda kind: trial(run, kind, draw, place / "killed"), say)


def repeated(count: int, kinds, try_one, say) -> tuple[dict[str, Counter], list[str]]:
    """Try one kind after the other, so often; return the outcomes by kind, and what was lost or not detected."""
    counts, lost = defaultdict(Counter), []
    done = 0
    while done < count:
        kind = kinds[done % len(kinds)]
        outcome, said = try_one(kind)
        if outcome == "late":
            continue
        done += 1
        counts[kind]["injected"] += 1
        counts[kind]["detected"] += outcome != "unseen"  # of a killed run: it has ended with another code than 0
        counts[kind][outcome] += 1
        if outcome != "recovered":
            lost.append(f"{kind}: {outcome}: {said}")
        say(f"{done} of {count}: {kind}: {outcome} {said}")
    return counts, lost
