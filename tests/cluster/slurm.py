"""A Slurm cluster of two nodes on one machine: munge, a controller and two slurmd, without accounting and cgroups.

It needs Debian's packages slurm-wlm and munge (Slurm 22.05 of Debian 12 was used). No service of the machine's is
touched: all files are in a folder of its own, and all ports are free ones.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
COMMANDS = ("sbatch", "srun", "squeue", "scontrol", "scancel", "sinfo")
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
# A job that is queued again waits as long as its credential is valid (two minutes, if not set).
AuthInfo=socket={folder}/munge.socket,cred_expire=30
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
# Nothing that a container or a small virtual machine lacks: no cgroups, no PAM. Memory is booked, not enforced.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=5
# Without accounting, the executor learns from squeue how a job ended.
MinJobAge=3600
KillWait=5
SlurmctldTimeout=30
# Seconds until a node that does not answer is down, and its jobs are queued again.
SlurmdTimeout=10
ReturnToService=2
MpiDefault=none
# Each node has the cores of this machine, which may be fewer than two.
SlurmdParameters=config_overrides
NodeName=node[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{ports[1]}-{ports[2]}] CPUs=2 Sockets=1 CoresPerSocket=2 ThreadsPerCore=1 RealMemory=16000 State=UNKNOWN
PartitionName=short Nodes=node[1-2] Default=YES MaxTime=04:00:00 State=UP
PartitionName=long Nodes=node[1-2] Default=NO MaxTime=7-00:00:00 State=UP
"""
# The partitions for profiles/slurm.
PARTITIONS = {
    "partitions": {
        "short": {"max_runtime": 240, "max_mem_mb": 16000, "max_cpus_per_task": 2},
        "long": {"max_runtime": 10080, "max_mem_mb": 16000, "max_cpus_per_task": 2},
    }
}


def missing_programs() -> list[str]:
    """Return the programs of Slurm and munge that are not installed."""
    return [name for name in (*DAEMONS, *COMMANDS) if not _program(name)]


def _program(name: str) -> str | None:
    return shutil.which(name, path=_PATH)


def _free_ports(count: int) -> list[int]:
    """Return free ports that follow one another, as the nodes' must."""
    for first in range(17000, 60000, count):
        with_all = [socket.socket() for _ in range(count)]
        try:
            for number, one in enumerate(with_all):
                one.bind(("127.0.0.1", first + number))
        except OSError:
            continue
        finally:
            for one in with_all:
                one.close()
        return [first + number for number in range(count)]
    raise RuntimeError("no free ports")


class Cluster:
    """A running cluster; see :func:`cluster`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.conf = folder / "slurm.conf"
        self.commands = folder / "bin"
        self.environment = {**os.environ, "PATH": f"{self.commands}:{_PATH}"}
        self._daemons: dict[str, subprocess.Popen] = {}

    def start(self) -> None:
        """Start all daemons, and wait until both nodes are idle."""
        self.folder.chmod(0o755)  # munge refuses a folder that others may not enter
        (self.folder / "state").mkdir()
        for node in ("node1", "node2"):
            (self.folder / f"spool-{node}").mkdir()
        host = socket.gethostname().partition(".")[0]
        user = _user()
        self.conf.write_text(_CONF.format(host=host, user=user, folder=self.folder, ports=_free_ports(3)))
        self._write_commands()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        files = {"key-file": key, "socket": "munge.socket", "pid-file": "munged.pid", "log-file": "munged.log"}
        options = [f"--{name}={self.folder / file}" for name, file in {**files, "seed-file": "munge.seed"}.items()]
        self._start("munged", "--foreground", "--force", "--num-threads=2", *options)
        self._until(lambda: (self.folder / "munge.socket").exists(), "munged")
        self._start("slurmctld", "-D", "-f", str(self.conf))
        for node in ("node1", "node2"):
            self.start_node(node)
        self._until(lambda: self.ask("sinfo", "-h", "-N", "-p", "short", "-o", "%t").split() == ["idle"] * 2, "nodes")

    def _write_commands(self) -> None:
        """Write commands that know this cluster: the executor takes SLURM_CONF from the environment of its jobs."""
        self.commands.mkdir()
        for name in COMMANDS:
            command = self.commands / name
            command.write_text(f'#!/bin/sh\nSLURM_CONF={self.conf} exec {_program(name)} "$@"\n', encoding="utf-8")
            command.chmod(0o755)

    def start_node(self, node: str) -> None:
        """Start a node, or start it again."""
        self._start("slurmd", "-D", "-f", str(self.conf), "-N", node, name=node)

    def ask(self, *command: str) -> str:
        """Return what a command of Slurm prints; nothing where it fails."""
        own = [str(self.commands / command[0]), *command[1:]]
        done = subprocess.run(own, capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else ""

    def lose_node(self) -> tuple[str, str] | None:
        """Kill the node of a job that runs; return the (id, node), or None where no job runs.

        The job is stopped first: one that ends between the question and the kill would not be started again.
        """
        if not (running := self._running()):
            return None
        job, node = next(iter(running.items()))
        processes = self._processes(f"SLURM_JOB_ID={job}")
        _send(processes, signal.SIGSTOP)
        if not processes or job not in self._running():
            _send(processes, signal.SIGCONT)
            return None
        self.kill_node(node)
        return job, node

    def _running(self) -> dict[str, str]:
        """Return the node of each job that runs, by the job's id."""
        lines = self.ask("squeue", "-h", "-t", "R", "-o", "%i %N").splitlines()
        return dict(line.split() for line in lines)

    def restarts(self, job: str) -> int:
        """Return how often a job was queued again after its node was lost."""
        fields = dict(part.split("=", 1) for part in self.ask("scontrol", "show", "job", job).split() if "=" in part)
        return int(fields.get("Restarts", 0))

    def kill_node(self, node: str) -> None:
        """Kill a node and all that runs on it, as when its power fails."""
        self._daemons.pop(node).kill()
        _send(self._processes(f"SLURMD_NODENAME={node}"), signal.SIGKILL)

    def stop(self) -> None:
        """End all jobs and daemons that were started here."""
        self.ask("scancel", "--user", _user())
        _send(self._processes("SLURMD_NODENAME="), signal.SIGKILL)
        for daemon in reversed(self._daemons.values()):
            daemon.terminate()
        for daemon in self._daemons.values():
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()

    def _start(self, program: str, *arguments: str, name: str | None = None) -> None:
        path = _program(program)
        assert path is not None, program
        with open(self.folder / f"{name or program}.out", "ab") as out:
            self._daemons[name or program] = subprocess.Popen([path, *arguments], stdout=out, stderr=out)

    def _until(self, is_so, what: str, seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > end:
                logs = "".join(path.read_text(errors="replace")[-1500:] for path in self.folder.glob("*.log"))
                raise RuntimeError(f"{what} did not start:\n{logs}")
            time.sleep(0.5)

    def _processes(self, variable: str) -> list[int]:
        """Return the jobs' processes of this cluster with ``NAME=value`` or ``NAME=`` (any value), and their parents."""
        found = set()
        for entry in Path("/proc").iterdir():
            try:
                variables = (entry / "environ").read_bytes().decode(errors="replace").split("\0")
                ours = any(one.startswith(f"PATH={self.commands}:") for one in variables)
                any_value = variable.endswith("=")
                own = ours and any(one.startswith(variable) if any_value else one == variable for one in variables)
                if entry.name.isdigit() and own:
                    parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                    is_step = Path(f"/proc/{parent}/cmdline").read_bytes().startswith(b"slurmstepd")
                    found |= {int(entry.name)} | ({int(parent)} if is_step else set())
            except OSError:  # it has ended, or is not ours
                continue
        return sorted(found)


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def _send(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a cluster of two nodes, and end it and remove its files afterwards."""
    # The path of a socket has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="slurm-", dir="/tmp") as folder:
        one = Cluster(Path(folder))
        try:
            one.start()
            yield one
        finally:
            one.stop()
