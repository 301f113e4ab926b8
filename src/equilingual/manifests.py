"""A folder of several files and the manifest that stands for them.

Snakemake sees nothing of a file inside a folder; a stage with a number of files that the rule cannot name writes a
small ``manifest.json`` last, which is the dependency, and whoever reads the files checks them against it.
"""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from equilingual.files import damaged, missing, read_json, sha256_of, write_json

MANIFEST = "manifest.json"


def write_manifest(folder: str | PathLike[str], names: Sequence[str], about: Mapping[str, Any] | None = None) -> None:
    """Write ``manifest.json`` with the SHA-256 and size of the named files of ``folder``, in the order given.

    ``about`` comes before them. Other files of the folder are what an earlier configuration left there; they are taken
    away.
    """
    for path in Path(folder).iterdir():
        if path.is_file() and path.name not in {*names, MANIFEST}:
            path.unlink()
    entries = {}
    for name in names:
        path = Path(folder) / name
        entries[name] = {"sha256": sha256_of(path), "bytes": path.stat().st_size}
    write_json({**(about or {}), "files": entries}, Path(folder) / MANIFEST)


def check_manifest(folder: str | PathLike[str], name: str = MANIFEST) -> None:
    """Check every file that a folder's manifest names, or another record with ``files``: names with hashes.

    Raises:
        DamagedFileError: one is missing or its hash differs; the message says how to redo it.

    """
    manifest = Path(folder) / name
    for file, entry in read_json(manifest).get("files", {}).items():
        path, expected = Path(folder) / file, entry if isinstance(entry, str) else entry["sha256"]
        if not path.exists():
            raise missing(path, delete=manifest)
        if sha256_of(path) != expected:
            raise damaged(path, f"its sha256 is not {expected}", delete=manifest)
