"""Read a configuration file strictly: refuse what YAML accepts silently, and name the line of every error."""

import re
from collections.abc import Hashable, Iterator
from os import PathLike
from pathlib import Path

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from equilingual.config.problems import ConfigError
from equilingual.messages import shown

_MERGE = "tag:yaml.org,2002:merge"
# Numbers of YAML 1.1 that look like others: 010 is 8 there, and 1:30 is 90.
_OTHER_BASE = re.compile(r"[-+]?(0[0-9_]+|[0-9_]+(:[0-9.]+)+)")
# A file whose aliases stand for more than this is no configuration: a few lines can stand for billions of values.
_MOST_VALUES = 100_000
# What PyYAML 6.0.3 raises where a value is not of the type that its form or tag says.
_UNREADABLE = (ValueError, LookupError, AttributeError)


def check_file(path: str | PathLike[str]) -> None:
    """Refuse a YAML or JSON file whose meaning is not clear.

    Raises:
        ConfigError: the file cannot be read, is empty, is not YAML, holds something else than a mapping, gives a key
            twice, has a value that is not of its type (a date such as 2025-02-30) or a number that YAML reads in
            another base (010, 1:30), refers to itself or expands to more
            than 100,000 values. One line for each problem: the file, the line, the column and what to do.

    """
    root = _compose(path)
    if root is None or (isinstance(root, MappingNode) and not root.value):
        raise ConfigError(f"{path}: the file is empty; see config.yaml for every key")
    if not isinstance(root, MappingNode):
        raise ConfigError(f"{_place(path, root)}: the file must hold a mapping, as in 'title: my study'")
    try:
        _check_aliases(root, path)
        problems = list(_problems(root, (), set()))
    except RecursionError as error:
        raise ConfigError(f"{path}: the values are nested too deeply") from error
    if problems:
        raise ConfigError("\n".join(f"{path}, {problem}" for problem in problems))


def read_file(path: str | PathLike[str]) -> dict[str, object]:
    """Return what a YAML or JSON file holds.

    Raises:
        ConfigError: as :func:`check_file`, or a value has a tag that a configuration has no use for.

    """
    check_file(path)
    try:
        found: dict[str, object] = yaml.safe_load(_read_text(path))
        return found
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_said(path, error)) from error


def _read_text(path: str | PathLike[str]) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path}: the file cannot be read ({error.strerror})") from error
    # JSON may be indented by tabs, and its texts hold none.
    return text.replace("\t", " ") if text.lstrip()[:1] == "{" else text


def _said(path: str | PathLike[str], error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    hint = "; indent with spaces" if "\\t" in str(error.problem) else ""
    return f"{path}{where}: not YAML: {error.problem or error.context}{hint}"


def _compose(path: str | PathLike[str]) -> Node | None:
    """Return the root of the file's YAML tree; ``None`` for an empty file."""
    text = _read_text(path)
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_said(path, error)) from error
    except yaml.YAMLError as error:  # a character that YAML does not allow
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise ConfigError(f"{path}, line {line}: not YAML: {getattr(error, 'reason', error)}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: the values are nested too deeply") from error


def _place(path: str | PathLike[str], node: Node) -> str:
    return f"{path}, line {node.start_mark.line + 1}, column {node.start_mark.column + 1}"


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _check_aliases(root: Node, path: str | PathLike[str]) -> None:
    """Refuse a value that contains itself, and aliases that expand to too many values."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size_of(node: Node) -> int:
        key = id(node)
        if key in open_nodes:
            raise ConfigError(f"{_place(path, node)}: this value refers to itself; remove the alias inside it")
        if key not in sizes:
            open_nodes.add(key)
            sizes[key] = 1 + sum(map(size_of, _children(node)))
            open_nodes.remove(key)
        return sizes[key]

    if (size := size_of(root)) > _MOST_VALUES:
        raise ConfigError(f"{path}: its aliases expand to {size:,} values; the maximum is {_MOST_VALUES:,}")


def _problems(node: Node, parents: tuple[str, ...], seen: set[int]) -> Iterator[str]:
    """Yield each duplicate key of a mapping, with both lines, and each key or value that cannot be read."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, ScalarNode) and not _is_readable(node):
        place = f"line {node.start_mark.line + 1}, column {node.start_mark.column + 1}"
        yield f"{place}: YAML cannot read {shown(node.value)} as {node.tag.rpartition(':')[2]}; write it in quotes"
    elif isinstance(node, ScalarNode) and node.tag.endswith((":int", ":float")) and _OTHER_BASE.fullmatch(node.value):
        place = f"line {node.start_mark.line + 1}, column {node.start_mark.column + 1}"
        number = SafeConstructor().construct_object(node)
        yield f"{place}: YAML reads {shown(node.value)} as {number}; write that number, or put it in quotes"
    lines: dict[Hashable, int] = {}
    for key, value in node.value if isinstance(node, MappingNode) else ():
        line = key.start_mark.line + 1
        if not isinstance(key, ScalarNode):
            yield f"line {line}, column {key.start_mark.column + 1}: a key must be a string, not a list or a mapping"
            continue
        yield from _problems(key, parents, seen)
        place = ".".join((*parents, key.value))
        if key.tag != _MERGE:
            name = _constructed(key)
            if name in lines:
                yield f"line {line}: the key {place!r} is given twice, first in line {lines[name]}; keep one of them"
            lines.setdefault(name, line)
        yield from _problems(value, (*parents, key.value), seen)
    for number, item in enumerate(node.value if isinstance(node, SequenceNode) else ()):
        yield from _problems(item, (*parents, str(number)), seen)


def _constructed(key: ScalarNode) -> Hashable:
    """Return a key as YAML reads it: ``1`` and ``0x1`` are one key, ``1`` and ``'1'`` are two."""
    value: Hashable
    try:
        value = SafeConstructor().construct_object(key)
    except (ConstructorError, *_UNREADABLE):
        value = key.value
    return value


def _is_readable(node: ScalarNode) -> bool:
    """Return whether a value is of the type that its form or tag says: ``2025-02-30`` is not a date.

    A tag that PyYAML does not know is another error, which it raises itself.
    """
    try:
        SafeConstructor().construct_object(node)
    except ConstructorError:
        return True
    except _UNREADABLE:
        return False
    return True
