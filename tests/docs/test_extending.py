"""The recipes of docs/extending.md work: pasted where they belong, they pass the linter and the tests of their tables."""

import ast
import os
import re
import shutil
import subprocess
import sys

import pytest
from markdown_it import MarkdownIt

# The names that the recipes add to tables which tests run row by row.
ROWS = ["to-english", "standardize", "overlap", "pairs-tsv"]
TESTED = [
    "tests/test_catalogues.py",
    "tests/batching/test_strategies.py",
    "tests/batching/test_audit.py",
    "tests/retrieval/test_debias.py",
    "tests/docs/recipes_by_hand.py",
]


def recipes(page):
    """Yield (paths and names that the list item mentions so far, code) of each Python block of the page."""
    mentioned = []
    for token in MarkdownIt("commonmark").parse(page):
        if token.type == "list_item_open" and token.level == 1:
            mentioned = []
        elif token.type == "inline":
            mentioned += re.findall(r"`([\w/]+\.py|_?[A-Z]\w+|self\.[\w.]+)`", token.content)
        elif token.type == "fence" and token.info == "python":
            yield list(mentioned), token.content


def node_of(tree, name):
    """Return the class or the table of a name."""
    for node in tree.body:
        target = getattr(node, "target", None) or getattr(node, "targets", [None])[0]
        if name in (getattr(node, "name", None), getattr(target, "id", None)):
            return node
    raise AssertionError(f"there is no {name}")


def paste(mentioned, code, package):
    """Put a block where the page says: a module, a class, a function, or rows of a table and fields of a class."""
    # An item names its file first, and last the table or class that it extends.
    path = package / next(word for word in mentioned if word.endswith(".py")).removeprefix("src/equilingual/")
    if code.startswith('"""'):
        assert not path.exists()
        path.write_text(code, encoding="utf-8")
        return path
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    tree = ast.parse("".join(lines))
    if code.startswith(" " * 8):  # in place of a line
        [at] = [number for number, line in enumerate(lines) if mentioned[-1] in line]
        del lines[at]
    elif code.startswith("def "):
        at, code = len(lines), f"\n\n{code}"
    elif base := re.match(r"class \w+\((\w+)\)", code):
        at, code = node_of(tree, base[1]).end_lineno, f"\n\n{code}"
    else:
        node = node_of(tree, next(word for word in reversed(mentioned) if not word.endswith(".py")))
        if isinstance(node, ast.ClassDef):
            at = max(part.end_lineno for part in node.body if isinstance(part, ast.AnnAssign))
        else:
            rows = code.removesuffix("\n").removesuffix(",") + ","
            at, code = node.end_lineno - 1, "".join(f"    {line}\n" for line in rows.splitlines())
    path.write_text("".join([*lines[:at], code, *lines[at:]]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def pasted(root, tmp_path_factory):
    """Return a copy of the package with all recipes, and the files that they changed."""
    package = tmp_path_factory.mktemp("pasted") / "src/equilingual"
    shutil.copytree(root / "src/equilingual", package)
    page = (root / "docs/extending.md").read_text(encoding="utf-8")
    blocks = list(recipes(page))
    assert len(blocks) == page.count("```python") > 10
    files = {paste(mentioned, code, package) for mentioned, code in blocks}
    # "Import what the file does not have yet."
    mining = package / "config/mining.py"
    text = mining.read_text(encoding="utf-8")
    mining.write_text(text.replace("import Float, Model", "import Float, Int, Model"), encoding="utf-8")
    return package, sorted(files)


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]])
def test_the_recipes_pass_the_linter(root, pasted, command):
    _, files = pasted
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--config", str(root / "pyproject.toml")]
    found = subprocess.run([*ruff, *files], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_recipes_pass_the_tests_of_their_tables_and_by_hand(root, pasted):
    package, _ = pasted
    chosen = " or ".join([*ROWS, "every_regulariser", "settings", "takes_every_name", "recipes_by_hand"])
    options = [
        "-o",
        f"pythonpath={package.parent} tests",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-v",
        "-k",
        chosen,
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(package.parent), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", *options, *TESTED]
    found = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=root)
    assert found.returncode == 0, found.stdout + found.stderr
    passed = re.findall(r"^(tests/\S+?::\S+) PASSED", found.stdout, re.MULTILINE)
    counts = {row: sum(row in name for name in passed) for row in [*ROWS, "by_hand"]}
    assert counts["by_hand"] == (root / "tests/docs/recipes_by_hand.py").read_text(encoding="utf-8").count("def test_")
    assert counts["to-english"] >= 6
    assert counts["standardize"] >= 15
    assert counts["overlap"] >= 1
    assert counts["pairs-tsv"] >= 1
