"""The files that name the modules of a sentence-transformers model: ``modules.json``, and a ``Router``'s own file.

The checks before a run and the stage that loads a model both read them here. Nothing but the standard library is
imported, and no module: whether a class may be loaded is another question.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from equilingual.messages import one_line, shown

MODULES = "modules.json"
AGAIN = "download the whole model again"
_ROUTER_FILES = ("router_config.json", "config.json")  # older models have the second


class ModuleFileError(ValueError):
    """A file is missing, damaged or says something else than it should; the message names it and what to do."""


@dataclass(frozen=True)
class NamedModule:
    """A module as a file names it.

    Attributes:
        file: the file.
        reference: the class, with its package.
        place: the module's folder, relative to the file's.

    """

    file: Path
    reference: str
    place: str

    @property
    def kind(self) -> str:
        """The name of the class."""
        return self.reference.rpartition(".")[2]


def read_modules(folder: Path) -> list[NamedModule]:
    """Return the modules that a folder's ``modules.json`` names, in order: one or more, no name twice.

    Raises:
        ModuleFileError: the file is missing or damaged.

    """
    path = folder / MODULES
    entries = read_json(path, list)
    if not entries:
        raise ModuleFileError(f"{path} names no modules; {AGAIN}")
    names = set[str]()
    for entry in entries:
        if not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in ("name", "path", "type")):
            raise ModuleFileError(f"{path} has a module without a name, path and type ({shown(entry)}); {AGAIN}")
        if entry["name"] in names:
            raise ModuleFileError(f"{path} has two modules named {entry['name']!r}; {AGAIN}")
        names.add(entry["name"])
    return [NamedModule(path, entry["type"], entry["path"]) for entry in entries]


def read_routes(folder: Path) -> dict[str, list[NamedModule]]:
    """Return the modules of each route of a ``Router`` in a folder, in order: one or more.

    Raises:
        ModuleFileError: the file is missing or damaged.

    """
    path = next((folder / name for name in _ROUTER_FILES if (folder / name).exists()), folder / _ROUTER_FILES[0])
    if not path.exists():
        raise ModuleFileError(f"{path} is missing; {AGAIN}")
    config = read_json(path, dict)
    types, structure = config.get("types"), config.get("structure")
    if not isinstance(types, dict) or not isinstance(structure, dict) or not structure:
        raise ModuleFileError(f"{path} has no types and structure of routes; {AGAIN}")
    for route, members in structure.items():
        named = isinstance(members, list) and all(isinstance(member, str) for member in members)
        if not named or not members or not all(isinstance(types.get(member), str) for member in members):
            raise ModuleFileError(f"{path}: the route {shown(route)} is damaged; {AGAIN}")
    return {
        route: [NamedModule(path, types[member], member) for member in members] for route, members in structure.items()
    }


def read_json(path: Path, kind: type) -> Any:  # noqa: ANN401 (JSON has no static type)
    """Return the JSON of a file, which must be an object (``dict``) or an array (``list``).

    Raises:
        ModuleFileError: the file is missing or something else.

    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModuleFileError(f"{path} is missing; download the whole model") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModuleFileError(f"{path} is not JSON ({one_line(error)}); {AGAIN}") from error
    if not isinstance(found, kind):
        wanted = "object" if kind is dict else "array"
        raise ModuleFileError(f"{path} is not a JSON {wanted}; {AGAIN}")
    return found
