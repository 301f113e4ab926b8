"""One run of the smoke configuration, shared by the workflow's tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def snakemake(root):
    """Return a function that runs Snakemake on the repository's workflow in another folder."""

    def run(directory, *arguments, config="configs/smoke.yaml", check=True, cores="2"):
        command = [sys.executable, "-m", "snakemake", *arguments, "--snakefile", root / "Snakefile"]
        # Last, because --configfile takes every word after it.
        command += ["--directory", directory, "--cores", cores]
        command += ["--configfile", config if Path(config).is_absolute() else root / config]
        done = subprocess.run(
            [str(part) for part in command],
            check=False,
            capture_output=True,
            text=True,
            cwd=root,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
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
def smoke(snakemake, tmp_path_factory):
    """The folder of a complete run of the smoke configuration. Tests that change it work on a copy."""
    folder = tmp_path_factory.mktemp("smoke")
    snakemake(folder)
    return folder
