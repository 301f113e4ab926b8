"""The one error of the corpora: where it is, what stands there, what to do."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from json import JSONDecodeError, JSONDecoder
from os import PathLike

from equilingual.messages import for_terminal, shown, shown_names

FilePath = str | PathLike[str]

_COMPARED = 100  # characters of a name, and names, among which a like one is looked for


class CorpusError(ValueError):
    """A corpus file is not what it should be; the message names the file, the place and the value."""

    def __init__(self, path: FilePath, place: str, problem: str) -> None:
        super().__init__(for_terminal(f"{path}, {place}: {problem}" if place else f"{path}: {problem}"))


class DuplicateKeyError(ValueError):
    """An object of JSON has a key twice, with two values: one of them would be lost."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        for key, value in pairs:
            if value != found[key]:
                raise DuplicateKeyError(f"duplicate key {shown(key)}, with two values: name every key once")
    return found


# Reads JSON as Python does, and refuses what it would lose.
DECODER = JSONDecoder(object_pairs_hook=_unique)


def json_problem(error: ValueError | RecursionError) -> str:
    """Return what is wrong with a text that is no JSON, and where in its line; some reasons end with "at" already."""
    if isinstance(error, JSONDecodeError):
        glued = "; there is a byte order mark: files were joined without a line break between them"
        hint = glued if error.doc.startswith("\ufeff", error.pos) else ""
        return f"not JSON ({error.msg.removesuffix(' at')} at column {error.colno}{hint})"
    if isinstance(error, DuplicateKeyError):
        return str(error)
    reason = "brackets are nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"
    return f"JSON that cannot be read ({reason})"


def missing_column(name: str, names: Sequence[object]) -> str:
    """Return the message for a missing column, with a similar name and all column names."""
    return f"no column {shown(name)}{_like(name, names)} (columns here: {shown_names(names)})"


def missing_key(name: str, row: Mapping[str, object]) -> str:
    """Return what is said of a name without a value in a row; one that goes into the row says how far it came."""
    if name in row:
        return f"{shown(name)} is null"
    head, dot, rest = name.partition(".")
    inner = row.get(head) if dot else None
    if isinstance(inner, list):
        inner = next((item for item in inner if isinstance(item, dict)), None)
    if isinstance(inner, dict) and rest in inner:
        return f"{shown(name)} is null"
    if isinstance(inner, dict):
        keys = list(inner)
        return f"{shown(name)} is not in the row: {shown(head)} has {shown_names(keys)}{_like(rest, keys)}"
    return missing_column(name, list(row))


def _like(name: str, names: Sequence[object]) -> str:
    """Return ``(did you mean 'x'?)`` for the likest of the names, or nothing."""
    known = [other for other in names[:_COMPARED] if isinstance(other, str) and len(other) <= _COMPARED]
    bare = name.strip().casefold()
    alike = [other for other in known if other.strip().casefold() == bare] or get_close_matches(name[:_COMPARED], known)
    return f" (did you mean {shown(alike[0])}?)" if alike else ""
