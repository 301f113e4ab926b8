"""A machine that fails during a small run: a full disk, one that becomes read-only, a clock that is set back.

Each fault is followed by what a user would do: free the disk, mount the folder again, set the clock right. The run is then
started again, and must leave what an undisturbed one does. Disks are mounted in a namespace of their own
(``unshare -rm``), which needs no rights and is gone with the process.
"""

import os
import random
import shlex
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path

import micro
from faults.kills import Run, repeated, started_again

KINDS = ("full disk", "disk that becomes read-only", "clock set back")
# What the user is told.
_SAID = {
    "full disk": ("no space left", "No space left"),
    "disk that becomes read-only": ("Read-only file system", "is not writable", "Write-protected output files"),
    "clock set back": ("clock skew",),
}
_STAGES = ("build_benchmark", "rank_candidates", "score_model", "compare_models", "collect_scores")
_DAY = 86_400  # seconds
_KIB = 1024


def can_mount() -> bool:
    """Return whether a disk can be mounted in a namespace."""
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=1m", "none", "/mnt"]
    return (
        shutil.which("unshare") is not None
        and subprocess.run(command, check=False, capture_output=True).returncode == 0
    )


def trial(run: Run, kind: str, draw: random.Random, folder: Path) -> tuple[str, str]:
    """Return ``late`` (the run needed nothing more), ``recovered``, ``unseen`` or ``lost``, and what was said."""
    shutil.rmtree(folder, ignore_errors=True)
    injected = {"full disk": _full_disk, "disk that becomes read-only": _read_only, "clock set back": _clock}[kind]
    code, said = injected(run, draw, folder)
    if code == 0:
        return "late", ""
    if not any(words in said for words in _SAID[kind]):
        return "unseen", said[-3000:]
    return started_again(run, folder)


def _full_disk(run: Run, draw: random.Random, folder: Path) -> tuple[int, str]:
    """Run on a disk that is too small, and move what is there to one that is not."""
    whole = sum(path.stat().st_size for path in (run.place / "undisturbed").rglob("*") if path.is_file())
    disk = folder.with_name("disk")
    disk.mkdir(exist_ok=True)
    # Snakemake itself needs some to begin with.
    size = draw.randrange(200 * _KIB, max(whole, 201 * _KIB)) // _KIB
    before = f"mount -t tmpfs -o size={size}k none {_quoted(disk)}"
    return _in_namespace(run, disk, before, after=f"cp -a {_quoted(disk)} {_quoted(folder)}")


def _read_only(run: Run, draw: random.Random, folder: Path) -> tuple[int, str]:
    """Make everything again, and after a while let nothing be written to the results."""
    shutil.copytree(run.place / "undisturbed", folder)
    results = _quoted(folder / "results")
    # A file that is being written keeps the disk as it is.
    change = f"until mount -o remount,ro,bind {results} 2>/dev/null; do sleep 0.02; done"
    before = f"mount --bind {results} {results} && {{ (sleep {draw.uniform(0, run.seconds):.2f}; {change}) & }}"
    return _in_namespace(run, folder, before, "--forcerun", _STAGES[0])


def _clock(run: Run, draw: random.Random, folder: Path) -> tuple[int, str]:
    """Run to one stage by a clock that is a day ahead, then from there; then give the files the present time."""
    run.finish(folder, "--until", draw.choice(_STAGES))
    _set_times(folder / "results", _DAY)
    outcome = run.finish(folder)
    _set_times(folder / "results", 0)
    return outcome


def _set_times(folder: Path, ahead: float) -> None:
    """Give files whose time is not over a time so many seconds ahead of now; 0 is what ``find -newermt now`` finds."""
    now = time.time()
    for path in sorted(folder.rglob("*"), key=lambda one: one.stat().st_mtime):
        if path.is_file() and (ahead or path.stat().st_mtime > now):
            moment = path.stat().st_mtime + ahead if ahead else now
            os.utime(path, (moment, moment))


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


def _in_namespace(run: Run, folder: Path, before: str, *arguments: str, after: str = "true") -> tuple[int, str]:
    command = shlex.join(run.command(folder, *arguments))
    script = f"{before} || exit 99; {command} 2>&1; code=$?; {after}; exit $code"
    done = subprocess.run(
        ["unshare", "-rm", "bash", "-c", script], check=False, capture_output=True, text=True, cwd=micro.ROOT
    )
    if done.returncode == 99:
        raise RuntimeError(f"no disk could be mounted: {done.stderr}")
    return done.returncode, done.stdout


def machine(count: int, place: Path, say=print, start: int = 0) -> tuple[dict[str, Counter], list[str]]:
    """Let a machine fail so often; return the outcomes by fault, and what was lost or not said."""
    run, draw = Run(place), random.Random(start)
    return repeated(count, KINDS, lambda kind: trial(run, kind, draw, place / "failed"), say)
