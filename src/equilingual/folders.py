"""Whether a folder can be written into; needs no package, so that it can be asked before any job starts."""

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
