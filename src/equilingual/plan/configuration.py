"""The configuration of a run as the report shows it: what was asked for, from files and the command line together."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from equilingual.urls import without_secrets


def shown_configuration(config: Mapping[str, object], files: Iterable[str | Path], root: Path) -> dict[str, object]:
    """Return the names of the configuration's files and all that it sets, as YAML without secrets.

    A file below ``root`` or the working directory is named from there, any other one by its last part: the report is
    sent to others.
    """
    text = yaml.safe_dump(_plain(config), sort_keys=False, allow_unicode=True, width=120)
    return {"files": [_shown_path(Path(file), root) for file in files], "text": without_secrets(text)}


def _plain(value: object) -> object:
    """Return mappings of any kind as dictionaries: Snakemake reads those of a JSON file as ``OrderedDict``."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _shown_path(path: Path, root: Path) -> str:
    absolute = path.absolute()
    for folder in (root, Path.cwd()):
        if absolute.is_relative_to(folder):
            return absolute.relative_to(folder).as_posix()
    return path.name
