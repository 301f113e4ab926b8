"""SIGKILL a small run at random moments, start it again, and compare everything that it leaves with an undisturbed run.

``kills``: the run scores BM25 on a benchmark of two queries, in seconds. Half of the runs begin in an empty folder, the
others make everything again in a finished one. ``kills_of_stages``: the run has every stage (``tests/every_stage.py``).
Half of the runs begin in an empty folder, the others make one stage again, drawn at random, and are killed while it runs.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import every_stage
import micro
import yaml
from faults.originals import MIRROR
from warm import warm_python

KINDS = ("a job", "Snakemake", "both", "all processes")
OUTCOMES = ("injected", "detected", "recovered", "lost")
_SCRIPT = re.compile(r"\.snakemake/scripts/[^/\0]*?\.(\w+)\.py")
_FORK = "warm.py\0serve"  # a job that is a fork, once it is in its folder
_UNLOCK = "--unlock"
_RECORDS = {"counts.json", "manifest.json"}
_FIRST = "build_benchmark"  # all others come after it
_SNAKEMAKE = (sys.executable, "-m", "snakemake")
_LARGE = 10_000_000  # bytes


class Run:
    """A configuration and the folder of its undisturbed run.

    Args:
        place: a folder for its files.
        settings: the configuration; by default the one that scores BM25.
        targets: what is asked for, where it is not the default.
        words: the words that start Snakemake.

    """

    def __init__(
        self, place: Path, settings: dict | None = None, targets: Sequence[str] = (), words: Sequence[str] = _SNAKEMAKE
    ) -> None:
        self.place, self.config, self.targets, self.words = place, place / "micro.yaml", targets, words
        self.config.write_text(yaml.safe_dump(settings or micro.write_lexical(place)), encoding="utf-8")
        start = time.monotonic()
        code, said = self.finish(place / "undisturbed")
        if code:
            raise RuntimeError(said[-3000:])
        self.seconds = time.monotonic() - start
        self.expected = micro.public_files(place / "undisturbed")

    def command(self, folder: Path, *arguments: str) -> list[str]:
        command = [*map(str, self.words), *(arguments or self.targets), "--snakefile", str(micro.ROOT / "Snakefile")]
        return [*command, "--directory", str(folder), "--cores", "2", "--configfile", str(self.config)]

    def start(self, folder: Path, *arguments: str) -> subprocess.Popen:
        folder.mkdir(parents=True, exist_ok=True)
        log = open(folder.with_name(f"{folder.name}.log"), "w", encoding="utf-8")  # noqa: SIM115 (the process's)
        with log:
            return subprocess.Popen(
                self.command(folder, *arguments),
                cwd=micro.ROOT,
                env={**os.environ, "HF_HUB_OFFLINE": "1"},
                start_new_session=True,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def finish(self, folder: Path, *arguments: str) -> tuple[int, str]:
        code = self.start(folder, *arguments).wait()
        return code, folder.with_name(f"{folder.name}.log").read_text(encoding="utf-8")

    def copy(self, folder: Path) -> None:
        """Copy the undisturbed run; large files are links, since stages replace files and never write into them."""
        shutil.copytree(self.place / "undisturbed", folder, copy_function=_link_or_copy)

    def stages(self) -> list[str]:
        """Return the rules that have run."""
        return sorted(path.name for path in (self.place / "undisturbed/results/benchmarks-of-jobs").iterdir())

    def seconds_of(self, rule: str) -> float:
        """Return the time of a rule's longest job."""
        files = (self.place / "undisturbed/results/benchmarks-of-jobs" / rule).rglob("*.tsv")
        return max(float(path.read_text().splitlines()[1].split("\t")[0]) for path in files)


def _link_or_copy(source: str, target: str) -> None:
    if os.path.getsize(source) > _LARGE:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def jobs_in(folder: Path, rule: str = "") -> dict[int, str]:
    """Return the ids of the processes that run a job's script in a folder, or one of a rule, and their rules.

    A fork that does the work of another process has no rule.
    """
    found = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            command = (entry / "cmdline").read_text() if entry.name.isdigit() else ""
            script = _SCRIPT.search(command)
            if (script or (_FORK in command and not rule)) and os.readlink(entry / "cwd") == str(folder):
                name = script[1] if script else ""
                if not rule or name == rule:
                    found[int(entry.name)] = name
    return found


def kill(kind: str, process: subprocess.Popen, folder: Path) -> bool:
    """Kill what is asked for; return whether it was there."""
    jobs = list(jobs_in(folder))
    if kind in ("a job", "both") and not jobs:
        return False
    if kind == "all processes":
        return _gone(os.killpg, process.pid)
    killed = kind != "a job" and _gone(os.kill, process.pid)
    for job in jobs if kind == "both" else jobs[:1] if kind == "a job" else []:
        killed |= _gone(os.kill, job)
    return killed


def _gone(kill_one: Callable[[int, int], None], number: int) -> bool:
    try:
        kill_one(number, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def trial(run: Run, kind: str, draw: random.Random, folder: Path) -> tuple[str, str]:
    """Kill a run from the beginning, or one that makes everything again in a finished folder.

    Returns:
        ``late`` (nothing was left to kill), ``recovered`` or ``lost``, and what was said.

    """
    shutil.rmtree(folder, ignore_errors=True)
    again = draw.random() < 0.5
    if again:
        run.copy(folder)
    process = run.start(folder, *(("--forcerun", _FIRST) if again else ()))
    return killed_at(time.monotonic() + draw.uniform(0, run.seconds), run, kind, process, folder)


def trial_of_stage(
    run: Run, kind: str, draw: random.Random, folder: Path, running: Counter | None = None
) -> tuple[str, str]:
    """Kill a run from the beginning, or one that makes a stage again, while it runs; return as ``trial`` does."""
    shutil.rmtree(folder, ignore_errors=True)
    if draw.random() < 0.5:
        process, moment = run.start(folder), time.monotonic() + draw.uniform(0, run.seconds)
    else:
        run.copy(folder)
        rule = draw.choice(run.stages())
        process = run.start(folder, *run.targets, "--forcerun", rule)
        while process.poll() is None and not jobs_in(folder, rule):
            time.sleep(0.02)
        moment = time.monotonic() + draw.uniform(0, run.seconds_of(rule))
    return killed_at(moment, run, kind, process, folder, running)


def killed_at(
    moment: float, run: Run, kind: str, process: subprocess.Popen, folder: Path, running: Counter | None = None
) -> tuple[str, str]:
    """Kill a run at a moment, or when there is something to kill, and start it again; return as ``trial`` does."""
    rules: set[str] = set()
    killed = False
    while process.poll() is None and not killed:
        time.sleep(0.02)
        if time.monotonic() >= moment:
            rules = set(jobs_in(folder).values()) - {""}
            killed = kill(kind, process, folder)
    process.wait()  # it may end well: Snakemake starts a download that was killed again
    if not killed:
        return "late", ""
    if running is not None:
        running.update(rules)
    for job in jobs_in(folder) if kind != "Snakemake" else []:  # those of a killed group take a moment
        _gone(os.kill, job)
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


def kills_of_stages(
    count: int, place: Path, say=print, start: int = 0
) -> tuple[dict[str, Counter], list[str], Counter]:
    """Kill so many runs that have every stage; return as ``kills`` does, and the stages that ran when they were killed.

    Jobs are forks of one process that has imported the libraries: a job is killed in its work, and seldom in its imports.
    """
    settings = every_stage.write_every_stage(place, MIRROR if MIRROR.exists() else None)
    draw, running = random.Random(start), Counter()
    with tempfile.TemporaryDirectory() as short, warm_python(short, {**os.environ, "HF_HUB_OFFLINE": "1"}) as words:
        run = Run(place, settings, ("all", *every_stage.TARGETS), words)
        say(f"a run that nobody kills takes {run.seconds:.0f} seconds and has {len(run.stages())} stages")

        def try_one(kind: str) -> tuple[str, str]:
            return trial_of_stage(run, kind, draw, place / "killed", running)

        counts, lost = repeated(count, KINDS, try_one, say)
    return counts, lost, running


def repeated(
    count: int, kinds: Sequence[str], try_one: Callable[[str], tuple[str, str]], say: Callable[[str], object]
) -> tuple[dict[str, Counter], list[str]]:
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
