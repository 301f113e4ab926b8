"""The conda environments hold all that their stages need, in the versions of constraints.txt."""

import importlib.util
import re
from importlib import metadata

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NAMES = ["convert", "core", "evaluate", "export", "mine", "train", "translate"]


@pytest.fixture(scope="module")
def generate(root):
    """The script that writes the environments."""
    spec = importlib.util.spec_from_file_location("generate", root / "envs/generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pins(root):
    """The versions of constraints.txt by canonical name."""
    found = re.findall(r"^([\w.-]+)==(\S+)$", (root / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(found) == len({canonicalize_name(name) for name, _ in found}), "a package is pinned twice"
    return {canonicalize_name(name): version for name, version in found}


def packages_of(root, name):
    """Return the versions that an environment installs by canonical name."""
    dependencies = yaml.safe_load((root / f"envs/{name}.yaml").read_text(encoding="utf-8"))["dependencies"]
    return {canonicalize_name(name): version for name, version in (one.split("==") for one in dependencies[-1]["pip"])}


def test_there_is_an_environment_for_each_that_a_rule_names(root):
    named = {
        name
        for path in (root / "workflow/rules").glob("*.smk")
        for name in re.findall(r"envs/(\w+)\.yaml", path.read_text())
    }
    assert named == {path.stem for path in (root / "envs").glob("*.yaml")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_environment_is_what_the_script_writes(root, generate, name):
    written = (root / f"envs/{name}.yaml").read_text(encoding="utf-8")
    assert written == generate.environment(name), "python envs/generate.py writes it anew"


@pytest.mark.parametrize("name", NAMES)
def test_every_version_is_that_of_the_constraints_and_nothing_is_left_open(root, pins, name):
    packages = packages_of(root, name)
    assert packages == {package: pins[package] for package in packages}
    for package in packages:
        for required in map(Requirement, metadata.requires(package) or ()):
            on_linux = required.marker is None or required.marker.evaluate({"extra": ""})
            if on_linux and not (
                package == "torch" and canonicalize_name(required.name).startswith(("nvidia-", "cuda-", "triton"))
            ):
                assert canonicalize_name(required.name) in packages, f"{package} requires {required}"
                assert required.specifier.contains(packages[canonicalize_name(required.name)], prereleases=True)


@pytest.mark.parametrize("name", NAMES)
def test_conda_and_mamba_read_the_channels_alike(root, name):
    content = yaml.safe_load((root / f"envs/{name}.yaml").read_text(encoding="utf-8"))
    # `nodefaults` is a channel like another to conda 26.
    assert content["channels"] == ["conda-forge"]
    assert content["dependencies"][:2] == ["python=3.11", "pip"]
    assert content["name"] == f"equilingual-{name}"


def test_what_is_required_is_followed_to_its_end(generate, monkeypatch):
    requires = {
        "a": ["b>=1", "c; sys_platform == 'win32'", "d[x]; python_version < '3.12'"],
        "b": ["a"],
        "d": ["e; extra == 'x'", "f; extra == 'y'"],
        "torch": ["nvidia-x==1; platform_system == 'Linux'", "e>=1"],
    }
    monkeypatch.setattr(generate.metadata, "requires", lambda name: requires.get(name))
    assert generate.closure(["a"]) == {"a", "b", "d", "e"}
    assert generate.closure(["torch"]) == {"torch", "e"}
