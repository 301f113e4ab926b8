"""Whatever the package, the workflow and the tests import is named in pyproject.toml: nothing comes along by chance."""

import ast
import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@pytest.fixture(scope="module")
def named(root):
    """The canonical names of all packages in pyproject.toml, whatever they are for."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return {canonicalize_name(Requirement(one).name) for some in lists for one in some}


def imported(folder):
    """Return the first names of all absolute imports, those inside functions too."""
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("folder", ["src", "workflow", "tests", "envs"])
def test_every_package_that_is_imported_is_named(root, named, folder):
    packages = metadata.packages_distributions()  # of those that are installed, which the standard library is not
    missing = {
        name: packages[name]
        for name in imported(root / folder) & packages.keys() - {"equilingual"}
        if not named & set(map(canonicalize_name, packages[name]))
    }
    assert missing == {}
