"""Model directories: written whole, listed in a manifest, checked by whoever reads them.

A directory loads with ``sentence_transformers.SentenceTransformer(path)``; ``manifest.json`` beside the model's
files has their SHA-256 and sizes, and what the model is.
"""

import shutil
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.files import read_json, sha256_of, write_json

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MANIFEST = "manifest.json"


class DamagedModelError(ValueError):
    """A file of a model directory is missing or not what its manifest says."""


def save_model(
    model: "SentenceTransformer", folder: str | PathLike[str], *, card: str, about: Mapping[str, Any]
) -> None:
    """Write a model directory: the library's own files, ``README.md`` (``card``), then the manifest.

    Everything is written beside ``folder`` and moved into it file by file, the manifest last: a process killed on
    the way leaves a directory without a manifest, which nobody reads.
    """
    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    if backend is not None:  # the last call's truncation and padding would be saved as the tokenizer's own
        backend.no_truncation()
        backend.no_padding()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    # Always the same name: the next attempt removes what a killed one has left.
    staged = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(staged, ignore_errors=True)
    model.save_pretrained(str(staged), create_model_card=False)
    (staged / "README.md").write_text(card, encoding="utf-8")
    files = sorted(path.relative_to(staged) for path in staged.rglob("*") if path.is_file())
    for stale in set(folder.iterdir()):
        shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
    entries = {}
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (staged / file).replace(folder / file)
        (folder / file).chmod(0o644)  # the library makes weights private to the user
        entries[file.as_posix()] = {"sha256": sha256_of(folder / file), "bytes": (folder / file).stat().st_size}
    shutil.rmtree(staged)
    write_json({**about, "files": entries}, folder / MANIFEST)


def read_manifest(folder: str | PathLike[str]) -> dict[str, Any]:
    """Return a model directory's manifest, having checked every file that it lists.

    Raises:
        DamagedModelError: a file is missing or its hash differs; the message says how to redo it.

    """
    manifest = Path(folder) / MANIFEST
    about = read_json(manifest)
    for name, entry in about["files"].items():
        path = Path(folder) / name
        if not path.exists() or sha256_of(path) != entry["sha256"]:
            raise DamagedModelError(
                f"{path} is missing or damaged (expected sha256 {entry['sha256']}): delete {manifest} and rerun"
            )
    return dict(about)
