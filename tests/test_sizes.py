"""The house's limits on functions, which ruff has no rule for: their lines, and parameters of all but the stages."""

import ast
from pathlib import Path

import pytest

from equilingual.provenance import PACKAGE

SCRIPTS = Path(__file__).parents[1] / "workflow" / "scripts"
LINES, PARAMETERS = 60, 8


def functions(folder):
    """Yield (module, qualified name, node) of every function below a folder."""

    def walk(node, module, parents):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield module, ".".join([*parents, child.name]), child
            named = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            yield from walk(child, module, [*parents, child.name] if named else parents)

    for path in sorted(folder.rglob("*.py")):
        yield from walk(ast.parse(path.read_text(encoding="utf-8")), path.relative_to(folder).as_posix(), [])


def called_by_rules():
    """Return the names of the functions that the scripts of rules import: the stages' entries."""
    return {
        alias.name
        for script in SCRIPTS.glob("*.py")
        for node in ast.parse(script.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("equilingual.")
        for alias in node.names
    }


def too_long(folder):
    return [
        f"{module}: {name} has {node.end_lineno - node.lineno + 1} lines"
        for module, name, node in functions(folder)
        if node.end_lineno - node.lineno + 1 > LINES
    ]


def too_wide(folder, entries):
    found = []
    for module, name, node in functions(folder):
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        count = sum(1 for one in given if one.arg not in {"self", "cls"})
        if count > PARAMETERS and name not in entries:
            found.append(f"{module}: {name} has {count} parameters")
    return found


def test_no_function_is_longer_than_a_screen():
    assert too_long(PACKAGE) == []


def test_only_the_stages_take_more_parameters_than_a_reader_keeps_in_mind():
    assert too_wide(PACKAGE, called_by_rules()) == []


@pytest.mark.parametrize("signature", ["a, b, c, d, e, f, g, h, i", "self, a, b, c, /, d, e, *, f, g, h, i"])
def test_the_limits_see_what_is_above_them(tmp_path, signature):
    body = "        pass\n" * LINES
    (tmp_path / "module.py").write_text(f"class A:\n    def stage({signature}):\n{body}\n\ndef short(): pass\n")
    assert too_long(tmp_path) == ["module.py: A.stage has 61 lines"]
    assert too_wide(tmp_path, {"stage"}) == ["module.py: A.stage has 9 parameters"]
    assert too_wide(tmp_path, {"A.stage"}) == []
