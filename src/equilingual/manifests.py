"""A folder of several files and the manifest that stands for them.

Snakemake sees nothing of a file inside a folder; a stage with a number of files that the rule cannot name writes a
small ``manifest.json`` last, which is the dependency, and whoever reads the files checks them against it.
"""

from collections.abc import Collection, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, TypeGuard

from equilingual.files import damaged, missing, read_json, reading, sha256_of, write_json

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


def check_manifest(
    folder: str | PathLike[str], name: str = MANIFEST, *, expected: Collection[str] = ()
) -> dict[str, Any]:
    """Check every file that a folder's manifest names, or another record with ``files``, and return the record.

    Args:
        folder: the folder.
        name: of the record; ``files`` maps names in the folder to a SHA-256, or to an object that has one.
        expected: files that the record must name, or it has lost some.

    Raises:
        DamagedFileError: the record is damaged or does not name a file; a file is missing, or its hash differs.

    """
    manifest = Path(folder) / name
    record = read_json(manifest, ["files"])
    hashes = _hashes(manifest, record["files"])
    for file in expected:
        if file not in hashes:
            raise damaged(manifest, f"it does not name {file}")
    for file, sha256 in hashes.items():
        check_file(Path(folder) / file, sha256, manifest)
    return record


def check_file(path: Path, sha256: str, manifest: Path) -> None:
    """Check a file that a manifest names.

    Raises:
        DamagedFileError: the file is missing, or its hash differs; the message says how to redo it.

    """
    with reading(manifest):  # a name that is too long for the disk is an OSError
        is_there = path.is_file()
    if not is_there:
        raise missing(path, delete=manifest)
    if sha256_of(path) != sha256:
        raise damaged(path, f"its sha256 is not {sha256}", delete=manifest)


def is_inside(name: object) -> TypeGuard[str]:
    """Return whether a file's name in a manifest is one below the manifest's folder."""
    return isinstance(name, str) and bool(name) and not Path(name).is_absolute() and ".." not in Path(name).parts


def _hashes(manifest: Path, files: object) -> dict[str, str]:
    """Return the hash of each name."""
    if not isinstance(files, dict) or not files:
        raise damaged(manifest, "'files' does not map names to hashes")
    hashes = {}
    for file, entry in files.items():
        sha256 = entry.get("sha256") if isinstance(entry, dict) else entry
        if not is_inside(file) or not isinstance(sha256, str):
            raise damaged(manifest, f"its entry of {file!r} is not the hash of a file in its folder")
        hashes[file] = sha256
    return hashes
