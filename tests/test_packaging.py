"""What an installed package has beside its modules. The globs are setuptools', relative to the package."""

import tomllib

from equilingual.provenance import PACKAGE


def data_files():
    """Return the package's files that are no Python; Python's caches aside."""
    files = {path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    return {path for path in files if path.suffix != ".py"}


def test_every_data_file_of_the_package_is_installed(root):
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    assert settings["packages"]["find"] == {"where": ["src"]}
    globs = settings["package-data"]["equilingual"]
    installed = {pattern: set(PACKAGE.glob(pattern)) for pattern in globs}
    assert [pattern for pattern, files in installed.items() if not files] == []
    assert data_files() - set().union(*installed.values()) == set()
    assert PACKAGE / "py.typed" in data_files()


def test_every_folder_with_modules_is_a_package():
    """setuptools leaves out a folder without ``__init__.py``."""
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []
