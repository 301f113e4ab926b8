"""Folders of a run: whether they can be written into, and how a user calls them. No package is needed."""

import os
from pathlib import Path


def why_unusable(folder: str | os.PathLike[str]) -> str | None:
    """Return why files cannot be kept in a folder, or ``None``; one that is missing can be made, and is not."""
    place = Path(folder).absolute()
    there = next(path for path in (place, *place.parents) if os.path.lexists(path))
    if not there.is_dir():
        return f"cannot write into {folder}: {there} is not a folder"
    if not os.access(there, os.W_OK | os.X_OK):
        return f"cannot write into {folder}: {there} is not writable"
    return None


def seen_by_user(path: str | os.PathLike[str]) -> str:
    """Return a path of the working directory for the user, who may have started elsewhere, with ``--directory``.

    It is absolute then. Where the shell does not say (``PWD``) where that was, it is returned as it is.
    """
    started, here = os.environ.get("PWD"), Path.cwd()
    is_elsewhere = started and os.path.isdir(started) and not os.path.samefile(started, here)
    return str(here / path) if is_elsewhere else os.fspath(path)
