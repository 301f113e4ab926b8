"""One run of the smoke configuration, shared by the workflow's tests."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import micro
import pytest
import yaml
from filelock import FileLock
from warm import warm_python


def environment(**variables):
    """Return the environment of Snakemake, whose jobs find no package that only the tests need."""
    paths = [str(Path(__file__).parent / "without"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": os.pathsep.join(paths), **variables}


@pytest.fixture(scope="session")
def run_in():
    """Return a function that runs Snakemake in a folder, with what environment variables, and gives (code, output)."""

    def run(folder, *arguments, **variables):
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", "--cores", "2", *map(str, arguments)],
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment(**variables),
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def checkout(root, tmp_path):
    """A copy of the workflow that a test may edit, in a folder whose name has a blank."""
    copy = tmp_path / "a checkout"
    shutil.copytree(root / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("workflow", "profiles", "envs"):
        shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(root / name, copy)
    return copy


@pytest.fixture
def lexical(lexical_settings, tmp_path):
    """A configuration that scores BM25 alone on a benchmark of two queries: seconds, and no model."""
    return lexical_settings(tmp_path)


@pytest.fixture(scope="session")
def lexical_settings():
    """Return a function that gives this configuration, with its benchmark in a folder."""
    return micro.write_lexical


@pytest.fixture(scope="session")
def warm():
    """The words that start Snakemake with jobs that are forks of a process with most imports."""
    with tempfile.TemporaryDirectory() as folder, warm_python(folder, environment()) as words:
        yield words


@pytest.fixture(scope="session")
def run_workflow(root, request):
    """Return a function that runs Snakemake on the repository's workflow in another folder.

    Its jobs are forks of one process, unless they are to start as users' do.
    """

    def run(directory, *arguments, config, check=True, cores="2", forked=True):
        words = request.getfixturevalue("warm") if forked else [sys.executable, "-m", "snakemake"]
        command = [*words, *arguments, "--snakefile", root / "Snakefile"]
        # Last, because --configfile takes every word after it.
        command += ["--directory", directory, "--cores", cores]
        command += ["--configfile", config if Path(config).is_absolute() else root / config]
        done = subprocess.run(
            [str(part) for part in command],
            check=False,
            capture_output=True,
            text=True,
            cwd=root,
            env=environment(),
        )
        output = done.stdout + done.stderr
        assert not check or done.returncode == 0, output[-6000:]
        return output

    return run


def link_or_copy(source, target):
    """Copy a small file and link a large one: stages replace files and never write into them."""
    if os.path.getsize(source) > 10_000_000:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


@pytest.fixture(scope="session")
def copy_run():
    """Return a function that copies a run's folder."""

    def copy(folder, target):
        return Path(shutil.copytree(folder, target, copy_function=link_or_copy))

    return copy


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder that all processes of a test run share."""
    place = tmp_path_factory.getbasetemp()
    return place.parent if "PYTEST_XDIST_WORKER" in os.environ else place


@pytest.fixture(scope="session")
def small_data(shared):
    """The folder of a part of the demo."""
    with FileLock(shared / "data.lock"):
        if not (shared / "data").exists():
            micro.write_small_data(shared / "data.part")
            (shared / "data.part").rename(shared / "data")
    return shared / "data"


@pytest.fixture(scope="session")
def smoke_settings(small_data):
    """Return a function that gives the smoke configuration for the small data, which the caller may change."""
    return lambda: micro.small_settings(small_data)


@pytest.fixture(scope="session")
def one_strategy(small_data, tmp_path_factory):
    """The smoke configuration with the first of its strategies alone."""
    path = tmp_path_factory.mktemp("config") / "one-strategy.yaml"
    path.write_text(yaml.safe_dump(micro.one_strategy(small_data)), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def snakemake(run_workflow, one_strategy):
    """Return the same function, on the smoke configuration with one strategy where no other is given."""

    def run(directory, *arguments, config=one_strategy, **options):
        return run_workflow(directory, *arguments, config=config, **options)

    return run


@pytest.fixture(scope="session")
def smoke(snakemake, shared):
    """The folder of a complete run with one strategy, and the scripts' inputs, which all processes share.

    Whoever runs more than a dry run works on a copy.
    """
    with FileLock(shared / "smoke.lock"):
        if not (shared / "smoke").exists():
            snakemake(shared / "smoke.part", "--skip-script-cleanup", forked=False)
            (shared / "smoke.part").rename(shared / "smoke")
    return shared / "smoke"
