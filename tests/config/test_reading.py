"""A configuration file is read as it is meant, or refused with its file, line and column."""

import subprocess
import sys

import pytest

from equilingual.config import ConfigError, check_file
from equilingual.config.reading import read_file

# (content, what is said after the file's name)
WRONG = {
    "a key twice": (
        "title: a\nseeds: [1]\ntitle: b\n",
        ", line 3: the key 'title' is given twice, first in line 1; keep one of them",
    ),
    "a nested key twice": (
        "corpora:\n  a: known\n  b:\n    files: {en: x}\n    licence: y\n    files: {de: x}\n",
        ", line 6: the key 'corpora.b.files' is given twice, first in line 4; keep one of them",
    ),
    "in a list": (
        "a:\n  - {x: 1}\n  - {x: 1, y: 2, x: 3}\n",
        ", line 3: the key 'a.1.x' is given twice, first in line 3",
    ),
    "on one line": ("{a: 1, a: 1}\n", ", line 1: the key 'a' is given twice, first in line 1"),
    "quoted and not": ("\"a\": 1\n'b': 1\na: 2\n", ", line 3: the key 'a' is given twice, first in line 1"),
    "equal numbers": ("a: {10: x, 0xA: y}\n", ", line 1: the key 'a.0xA' is given twice, first in line 1"),
    "in an anchor": ("a: &x {b: 1, b: 2}\nc: *x\n", ", line 1: the key 'a.b' is given twice, first in line 1"),
    "in JSON with tabs": (
        '{\n\t"a": 1,\n\t"b": {"c": 1,\n\t\t"c": 2}\n}',
        ", line 4: the key 'b.c' is given twice, first in line 3",
    ),
    "a tab": ("title: a\nbatches:\n\tbatch_size: 8\n", ", line 3, column 1: not YAML: .*; indent with spaces"),
    "a date that is none": (
        "title: 2025-02-30\n",
        ", line 1, column 8: YAML cannot read '2025-02-30' as timestamp; write it in quotes",
    ),
    "a number that is none": ("a: !!int ''\n", ", line 1, column 4: YAML cannot read '' as int; write it in quotes"),
    "a truth value that is none": ("a: [!!bool x]\n", ", line 1, column 5: YAML cannot read 'x' as bool; write it"),
    "a key that is no number": ("!!float z: 1\n", ", line 1, column 1: YAML cannot read 'z' as float; write it"),
    "no YAML": ("title: [a\nseeds: 1\n", ", line 2, column 6: not YAML: "),
    "two documents": ("title: a\n---\ntitle: b\n", ", line 2, column 1: not YAML: but found another document"),
    "an alias of nothing": ("title: a\nseeds: *x\n", ", line 2, column 8: not YAML: found undefined alias"),
    "a control character": ("title: a\nseeds: '\x07'\n", ", line 2: not YAML: special characters are not allowed"),
    "not UTF-8": (b"title: \xff\n", ": byte 7 is not UTF-8"),
    "a number with a zero": ("seeds: [1, 010]\n", ", line 1, column 12: YAML reads '010' as 8; write that number, or"),
    "a number with a colon": ("a:\n  b: 1:30\n", ", line 2, column 6: YAML reads '1:30' as 90; write that number, or"),
    "empty": ("", ": the file is empty"),
    "no keys": ("{}\n", ": the file is empty"),
    "comments alone": ("# title: a\n\n", ": the file is empty"),
    "a list": ("# x\n- title\n", ", line 2, column 1: the file must hold a mapping"),
    "a text": ("title\n", ", line 1, column 1: the file must hold a mapping"),
    "itself": ("title: a\nx: &t {a: *t}\n", ", line 2, column 4: this value refers to itself"),
    "itself in a list": ("x: &t\n  - [1, *t]\n", ", line 1, column 4: this value refers to itself"),
    "a mapping as key": ("{a: 1}: b\n", ", line 1, column 1: a key must be a string, not a list or a mapping"),
    # 10 to the power of 6 texts and the lists around them.
    "a billion laughs": (
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in ["ab", "bc", "cd", "de", "ef"]),
        r": its aliases expand to 1,\d{3},\d{3} values",
    ),
    "too deep": ("a: " + "[" * 5000, ": the values are nested too deeply"),
}


def written(tmp_path, content):
    path = tmp_path / "my.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", WRONG)
def test_what_yaml_would_take_silently_or_say_without_a_line_is_refused(tmp_path, name):
    content, message = WRONG[name]
    path = written(tmp_path, content)
    with pytest.raises(ConfigError, match=f"^{path}{message}") as error:
        check_file(path)
    assert len(str(error.value).splitlines()) == 1


def test_every_key_that_stands_twice_is_said(tmp_path):
    with pytest.raises(ConfigError) as error:
        check_file(written(tmp_path, "a: 1\nb: {c: 1, c: 2}\na: 2\na: 3\n"))
    assert [line.partition(", ")[2] for line in str(error.value).splitlines()] == [
        "line 2: the key 'b.c' is given twice, first in line 2; keep one of them",
        "line 3: the key 'a' is given twice, first in line 1; keep one of them",
        "line 4: the key 'a' is given twice, first in line 1; keep one of them",
    ]


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n", {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}}),
        ("a: &x {b: 1}\ne: &y {c: 2}\nd:\n  <<: *x\n  <<: *y\n", {"a": {"b": 1}, "e": {"c": 2}, "d": {"b": 1, "c": 2}}),
        ("a: &x [1]\nb: *x\nc: {a: *x}\n", {"a": [1], "b": [1], "c": {"a": [1]}}),
        ("a: 1\nb: {a: 2}\n'1': x\n", {"a": 1, "b": {"a": 2}, "1": "x"}),
        ('{\n\t"a": {"b": [1, 2]}\n}', {"a": {"b": [1, 2]}}),
        ("\ufefftitle: a\r\nseeds: [1]\r\n", {"title": "a", "seeds": [1]}),
    ],
)
def test_what_is_meant_is_read(tmp_path, content, value):
    assert read_file(written(tmp_path, content)) == value


def test_a_file_that_is_not_there_or_is_a_folder_is_one_line(tmp_path):
    with pytest.raises(ConfigError, match=r"/none\.yaml: the file cannot be read \(No such file or directory\)$"):
        check_file(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match=r": the file cannot be read \(Is a directory\)$"):
        check_file(tmp_path)


def test_the_shipped_configurations_are_read(root):
    for path in [root / "config.yaml", *(root / "configs").glob("*.yaml")]:
        check_file(path)


def test_the_command_checks_a_file_and_says_what_is_wrong(root, tmp_path):
    def check(*paths):
        command = [sys.executable, "-m", "equilingual.config", *paths]
        return subprocess.run(command, cwd=root / "src", capture_output=True, text=True, check=False)

    assert (check(root / "config.yaml").returncode, check(root / "config.yaml").stderr) == (0, "")
    found = check(written(tmp_path, "title: a\n\tseeds: 1\n"))
    assert found.returncode == 1
    assert found.stderr.startswith(f"{tmp_path}/my.yaml, line 2, column 1: not YAML")
    assert (check().returncode, check().stderr) == (1, "usage: python -m equilingual.config my.yaml\n")
    assert r"\x1b[2J: unknown key" in check(written(tmp_path, '"\\e[2J": 1\n')).stderr
    assert "titel: unknown key" in check(written(tmp_path, "titel: a\n")).stderr
    assert (
        "line 1, column 8: not YAML: could not determine a constructor"
        in check(written(tmp_path, "title: !x a\n")).stderr
    )
