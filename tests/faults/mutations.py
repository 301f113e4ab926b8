"""How a file is spoilt: bytes, values of JSON, cells of tables, as a strategy of hypothesis.

A change is (kind, number, payload): the number says where, of whatever there is to choose from, so that every change
goes with every file.
"""

import gzip
import json
import re
from random import Random

from hypothesis import strategies as st

_LARGE = 1 << 16
# Values that a reader may not expect where a text, a number or an id is to be.
VALUES = (
    b"null", b"true", b"-1", b"0", b"1.5", b"1e999", b"-0.0", b"NaN", b"Infinity", b"9" * 400, b'""', b'" "', b"[]", b"{}",
    b"[[]]", b'{"text": null}', b'["a", 1]', b'"\\ud83d"', b'"\\u0000"', b'"\\u202e\\u001b[2J"', b'"../../x"', b'"1.0"',
    b"[" * 100_000, b'{"a":' * 100_000, b'"' + b"x" * 5000 + b'"',
)  # fmt: skip
CELLS = (
    b"", b" ", b"0", b"-1", b"1.0", b"1e999", b"nan", b"x", b"a\tb", b'"', b'"a""b"', b"\x00", b"\xc2\xa0", b"9" * 400,
    b"\xe2\x80\xa8", b"\xff", b"=1+1", b"../../x", b"x" * 5000, "\u0661".encode(), b"\x1b[2J",
)  # fmt: skip
BYTES = (
    b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\n", b"\r", b"\r\n", b"\t", b",", b'"', b"\\", b"{", b"}",
    b"[", b"]", b"<", b"&", b"&#0;", b"<![CDATA[", b"<!DOCTYPE x>", b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"\xe2\x80\xa8", b"\x85",
    b"9" * 5000, b"[" * 100_000, b"x" * 100_000, b"<a>" * 5000, b"\xff\xff\xff\x7f", b"\xff" * 8, b"&a" * 300,
)  # fmt: skip
_JSON_VALUE = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|\btrue\b|\bfalse\b|\bnull\b')
_CELL = re.compile(rb"[^\t\n,]+")


def _flip(data: bytes, number: int, payload: int) -> bytes:
    if not data:
        return data
    place = number % len(data)
    return data[:place] + bytes([data[place] ^ 1 << payload % 8]) + data[place + 1 :]


def _cut(data: bytes, number: int, payload: int) -> bytes:
    return data[: number % (len(data) + 1)]


def _behead(data: bytes, number: int, payload: int) -> bytes:
    return data[number % (len(data) + 1) :]


def _delete(data: bytes, number: int, payload: int) -> bytes:
    place = number % (len(data) + 1)
    return data[:place] + data[place + 1 + payload % 40 :]


def _insert(data: bytes, number: int, payload: int) -> bytes:
    place = number % (len(data) + 1)
    return data[:place] + BYTES[payload % len(BYTES)] + data[place:]


def _zero(data: bytes, number: int, payload: int) -> bytes:
    """A block of zeros, as a disk that lost one gives."""
    place, length = number % (len(data) + 1), 1 + payload % 512
    return data[:place] + bytes(len(data[place : place + length])) + data[place + length :]


def _of_pattern(pattern: re.Pattern[bytes], payloads: tuple[bytes, ...]):
    def change(data: bytes, number: int, payload: int) -> bytes:
        found = list(pattern.finditer(data))
        if not found:
            return data
        one = found[number % len(found)]
        return data[: one.start()] + payloads[payload % len(payloads)] + data[one.end() :]

    return change


# What may stand in a document in place of an object, a list or a text.
NODES = (
    None, True, -1, 1.5, 1.0, 10**30, float("nan"), float("inf"), "", " ", "a", "\ud83d", "\x00", "\u202e\x1b[2J", "../../x", [], {},
    [None], [[["a"]]], {"text": None}, ["a", 1], {"a": {"b": [1]}}, [{}], "x" * 5000, [1] * 500,
)  # fmt: skip


def _place(document: object, draw: Random) -> tuple[dict | list, object] | None:
    """A container of a document and a key or number in it: as often near the root as far from it."""
    found, inner = None, document
    while isinstance(inner, dict | list) and inner and (found is None or draw.random() < 0.75):
        key = draw.choice(list(inner)) if isinstance(inner, dict) else draw.randrange(len(inner))
        found, inner = (inner, key), inner[key]
    return found


def _node(data: bytes, number: int, payload: int) -> bytes:
    """A node of a JSON document, or of one line of JSONL, is another value, gone, or under another name."""
    draw = Random(number)
    try:
        parts = [data] if not data.startswith(b"{") or data.count(b"\n") < 2 else data.splitlines()
        line = draw.randrange(len(parts))
        document = json.loads(parts[line])
    except (ValueError, RecursionError):
        return data
    if (place := _place(document, draw)) is None:
        return data
    container, key = place
    choice = payload % (len(NODES) + 6)
    if choice < len(NODES):
        container[key] = NODES[choice]
    elif choice < len(NODES) + 3 or isinstance(container, list):
        del container[key]
    else:
        container[f"{key}{'xX '[choice % 3]}"] = container.pop(key)
    parts[line] = json.dumps(document, ensure_ascii=choice % 2 == 0 or "\ud83d" in NODES[choice : choice + 1]).encode(
        "utf-8", "replace"
    )
    return b"\n".join(parts)


def _line(data: bytes, number: int, payload: int) -> bytes:
    """A line twice, gone, or moved to the end."""
    *others, rest = data.split(b"\n")
    lines = [line + b"\n" for line in others]
    if not lines:
        return data
    place = number % len(lines)
    new = {0: [*lines[: place + 1], *lines[place:]], 1: [*lines[:place], *lines[place + 1 :]]}.get(
        payload % 3, [*lines[:place], *lines[place + 1 :], lines[place]]
    )
    return b"".join(new) + rest


def _gzip(data: bytes, number: int, payload: int) -> bytes:
    return gzip.compress(data, 1, mtime=0)


def _encode(data: bytes, number: int, payload: int) -> bytes:
    return data.decode("utf-8", "replace").encode(("utf-16", "utf-32", "latin-1", "utf-8-sig")[payload % 4], "replace")


KINDS = {
    "flip a bit": _flip, "cut": _cut, "behead": _behead, "delete": _delete, "insert": _insert, "zeros": _zero,
    "a value of JSON": _of_pattern(_JSON_VALUE, VALUES), "a cell": _of_pattern(_CELL, CELLS), "a line": _line,
    "a node of JSON": _node,
    "gzip": _gzip, "encode": _encode,
}  # fmt: skip
# Changes that leave most of a file readable come more often: the others end in the first check.
_OFTEN = ["a node of JSON", "a value of JSON", "a cell", "a line", "flip a bit", "insert", "delete"]

_CHANGE = st.tuples(st.sampled_from([*KINDS, *_OFTEN, *_OFTEN]), st.integers(0, _LARGE), st.integers(0, _LARGE))
# Mostly one change: after two, a reader often sees the first alone.
CHANGES = st.one_of(st.lists(_CHANGE, min_size=1, max_size=1), st.lists(_CHANGE, min_size=1, max_size=3))


def spoil(data: bytes, changes: list[tuple[str, int, int]]) -> bytes:
    """Return a file's bytes with the changes made, one after the other."""
    for kind, number, payload in changes:
        data = KINDS[kind](data, number, payload)
    return data
