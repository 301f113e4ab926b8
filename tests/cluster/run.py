"""Run a configuration on one machine and on a cluster of two nodes, of which one is killed; compare all public files.

    PYTHONPATH=src:tests python tests/cluster/run.py --configfile configs/smoke.yaml

The exit code is 1 where a file differs or is missing. Slurm is started for this (tests/cluster/slurm.py).
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from cluster.slurm import PARTITIONS, Cluster, cluster, missing_programs

from equilingual.files import sha256_of

ROOT = Path(__file__).resolve().parents[2]
# Logs, timings and caches are no results; the run's manifest has its time and cost, and the page shows them.
_SKIPPED = {"logs", "benchmarks-of-jobs", "work", "cache", "tensorboard"}
_DATED = {"results/run.json", "results/report.html"}


@dataclass
class Outcome:
    """What came of two runs.

    Attributes:
        files: how many public files were compared.
        different: those that differ or that one run lacks.
        killed: (node, job) that were killed, and how often Slurm started the job again.
        seconds: of the local run and of the cluster's.

    """

    files: int
    different: list[str]
    killed: tuple[str, str, int] | None
    seconds: dict[str, float] = field(default_factory=dict)


def public_files(folder: Path) -> dict[str, object]:
    """Return the hash of every file that a run leaves for its users, by path; of the page's data, what has no date."""
    paths = {path.relative_to(folder).as_posix(): path for path in (folder / "results").rglob("*") if path.is_file()}
    kept = {name for name in paths if name.split("/")[1] not in _SKIPPED} - _DATED
    found: dict[str, object] = {name: sha256_of(paths[name]) for name in kept}
    if "results/report.json" in found:
        data = json.loads(paths["results/report.json"].read_text(encoding="utf-8"))
        data.pop("provenance")
        found["results/report.json"] = data
    return found


@contextmanager
def snakemake(folder: Path, config: Path, *arguments: str, environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    """Start the workflow in a folder, and wait for it at the end.

    Raises:
        RuntimeError: it failed; the message has the end of what it printed.

    """
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder]
    command += [*arguments, "--max-threads", "2", "--configfile", config]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env={**environment, "PYTHONPATH": str(ROOT / "src")},
        )
        try:
            yield process
            process.wait()
        finally:
            process.kill()
        if process.returncode:
            output.seek(0)
            raise RuntimeError(f"the run in {folder} failed:\n{output.read()[-8000:]}")


def on_slurm(one: Cluster, folder: Path, config: Path, *, kill: bool) -> tuple[str, str, int] | None:
    """Run the workflow on a cluster with profiles/slurm, and kill the node of the first job that runs if asked to."""
    partitions = one.folder / "partitions.yaml"
    partitions.write_text(yaml.safe_dump(PARTITIONS), encoding="utf-8")
    arguments = ["--workflow-profile", str(ROOT / "profiles/slurm"), "--slurm-partition-config", str(partitions)]
    # This cluster answers at once.
    arguments += ["--latency-wait", "10", "--slurm-init-seconds-before-status-checks", "3"]
    killed = None
    with snakemake(folder, config, *arguments, environment=one.environment) as process:
        while kill and process.poll() is None and not killed:
            killed = one.lose_node()
            time.sleep(0.2)
    return killed and (killed[1], killed[0], one.restarts(killed[0]))


def compared(folder: Path, config: Path, *, kill: bool = True) -> Outcome:
    """Run a configuration in ``folder/local`` and on a cluster in ``folder/cluster``.

    Raises:
        RuntimeError: one of the runs failed.

    """
    began = time.monotonic()
    with snakemake(folder / "local", config, "--cores", "2", environment=dict(os.environ)):
        pass
    middle = time.monotonic()
    with cluster() as one:
        killed = on_slurm(one, folder / "cluster", config, kill=kill)
    here, there = public_files(folder / "local"), public_files(folder / "cluster")
    different = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
    seconds = {"local": middle - began, "cluster": time.monotonic() - middle}
    return Outcome(len(here), different, killed, seconds)


def main() -> int:
    """Compare the runs of the configuration that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--configfile", type=Path, default=ROOT / "configs/smoke.yaml")
    parser.add_argument("--no-kill", action="store_true", help="kill no node")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # a killed run ends its cluster, too
    if missing := missing_programs():
        sys.stdout.write(f"not installed: {', '.join(missing)}; on Debian: apt install slurm-wlm munge\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        found = compared(Path(folder), asked.configfile.resolve(), kill=not asked.no_kill)
    if found.killed:
        sys.stdout.write("killed {} with job {}, which Slurm started again {} time(s)\n".format(*found.killed))
    sys.stdout.write(f"{found.files} public files, {len(found.different)} different {found.different or ''}\n")
    sys.stdout.write("seconds: {local:.0f} local, {cluster:.0f} on the cluster\n".format(**found.seconds))
    return 1 if found.different else 0


if __name__ == "__main__":
    sys.exit(main())
