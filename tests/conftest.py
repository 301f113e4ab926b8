"""What several tests share. Everything runs offline; files from outside come from the mirror or are written here.

``make test`` runs the tests in several processes: a file's tests in one of them, and each test of the workflow in any.
"""

import functools
import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MIRROR = ROOT.parent / "shared" / "data"
_WORKFLOW = ROOT / "tests" / "workflow"
_LONG = {"test_processes.py", "test_tfidf_oracle.py", "test_page.py", "test_compilation.py", "test_families.py"}
_LONG |= {"test_loop.py", "test_result.py", "test_exports.py", "test_loading.py", "test_packaged.py", "test_slurm.py"}
_MEMORY = 4_000_000_000  # bytes of one process, with the jobs of a workflow that it runs


def _cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# Before NumPy and torch are imported: several processes with a thread for each core would wait for one another.
if _processes := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
    for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(_name, str(max(1, _cores() // _processes)))

# The jobs of a workflow are processes that import the package anew: Python is to keep what it compiles, and the package
# what it hashes.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """Return the number of processes for ``-n auto``: one for each core, as far as the memory is enough."""
    asked = os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS")
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not known on this system
        memory = 2 * _MEMORY
    return int(asked) if asked else max(1, min(_cores(), memory // _MEMORY))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Start with the longest tests, so that all processes end together."""
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Return what gives tests to processes: those of one scope go to the same.

    pytest-xdist 3.8 writes its groups into a field that pytest 9.2 no longer reads: ``--dist loadgroup`` does nothing.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Scheduler(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return scope_of(nodeid)

    return Scheduler(config, log)


def scope_of(nodeid):
    """Return what stays together with a test: its file, but of most files of the workflow the test alone."""
    path = Path(nodeid.split("::", 1)[0])
    is_alone = path.parent.name == _WORKFLOW.name and not _shares_a_run(path.name)
    return nodeid if is_alone else path.as_posix()


@functools.cache
def _shares_a_run(name):
    """Return whether the tests of a file of the workflow share a fixture, which each process would make anew."""
    return 'scope="module"' in (_WORKFLOW / name).read_text(encoding="utf-8")


def _turn(item):
    """Return when a test is to start.

    The run that is killed is the longest group, and begins with the run that all share. The tests that need not wait
    for that one keep the other processes busy meanwhile. A long file of unit tests is not to be the last one.
    """
    if _WORKFLOW not in item.path.parents:
        return 3 if item.path.name in _LONG else 4
    return 0 if item.path.name == "test_killed.py" else 1 + ("smoke" in item.fixturenames)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The mirror of real corpora; its absence is an error where CI is set."""
    if not MIRROR.exists():
        if os.environ.get("CI"):
            pytest.fail(f"CI needs the mirror of real corpora at {MIRROR}")
        pytest.skip(f"no mirror of real corpora at {MIRROR}")
    return MIRROR


@pytest.fixture
def write_lines(tmp_path):
    """Return a function that writes rows as JSONL and returns the path."""

    def write(rows, name="pairs.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return path

    return write
