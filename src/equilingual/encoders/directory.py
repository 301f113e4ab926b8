"""Model directories: written whole, listed in a manifest, checked by whoever reads them.

A directory loads with ``sentence_transformers.SentenceTransformer(path)``; ``manifest.json`` beside the model's
files has their SHA-256 and sizes, and what the model is.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.encoders.checks import readers
from equilingual.files import damaged, parse_json, sha256_of, telling_full_disk, write_json
from equilingual.logs import without_library_bars
from equilingual.manifests import MANIFEST, check_manifest

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_READ = {".safetensors", ".bin", ".json", ".txt", ".model"}  # what a model is loaded from


def save_model(
    model: "SentenceTransformer", folder: str | PathLike[str], *, card: str, about: Mapping[str, Any]
) -> None:
    """Write a model directory: the library's own files, ``README.md`` (``card``), then the manifest.

    Raises:
        FullDiskError: there is no room; the directory is as it was.

    """
    for module in readers(model):
        backend = getattr(module.tokenizer, "backend_tokenizer", None)
        if backend is not None:  # the last call's truncation and padding would be saved as the tokenizer's own
            backend.no_truncation()
            backend.no_padding()
    with staging(folder) as staged, without_library_bars():
        model.save_pretrained(str(staged), create_model_card=False)
        _name_the_tokenizer_as_before(staged)
        (staged / "README.md").write_text(card, encoding="utf-8")
        publish(staged, folder, about)


def _name_the_tokenizer_as_before(folder: Path) -> None:
    """Give a tokenizer of no particular class its name in transformers 4, which 5 reads as well as its own new one."""
    for path in folder.rglob("tokenizer_config.json"):
        config = parse_json(path)
        if config.get("tokenizer_class") == "TokenizersBackend":
            write_json(config | {"tokenizer_class": "PreTrainedTokenizerFast"}, path, checksum=False)


@contextmanager
def staging(folder: str | PathLike[str]) -> Iterator[Path]:
    """Yield an empty folder beside ``folder``, whose content :func:`publish` moves; it is gone after the block.

    The name is always the same: the next attempt removes what a killed one has left.

    Raises:
        FullDiskError: there is no room for what the block writes.

    """
    staged = Path(folder).with_name(f".{Path(folder).name}.partial")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    try:
        with telling_full_disk(folder):
            yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def publish(staged: Path, folder: str | PathLike[str], about: Mapping[str, Any]) -> None:
    """Move the files of ``staged`` into ``folder``, in place of its contents; write the manifest last.

    A process killed on the way leaves a directory without a manifest, which nobody reads.
    """
    files = sorted(path.relative_to(staged) for path in staged.rglob("*") if path.is_file())
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    for stale in set(folder.iterdir()):
        shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
    entries = {}
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (staged / file).replace(folder / file)
        (folder / file).chmod(0o644)  # the library makes weights private to the user
        entries[file.as_posix()] = {"sha256": sha256_of(folder / file), "bytes": (folder / file).stat().st_size}
    write_json({**about, "files": entries}, folder / MANIFEST)


def read_manifest(folder: str | PathLike[str]) -> dict[str, Any]:
    """Return a model directory's manifest, having checked every file that it lists.

    Raises:
        DamagedFileError: a file is missing or its hash differs, or the manifest does not name one that is read.

    """
    about = check_manifest(folder, MANIFEST, expected=["modules.json"])
    read = {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.suffix in _READ}
    if lost := sorted(read - {*about["files"], MANIFEST}):
        raise damaged(Path(folder) / MANIFEST, f"it does not name {lost[0]}, which is in the folder")
    if not any(name.endswith(".safetensors") for name in about["files"]):
        raise damaged(Path(folder) / MANIFEST, "it names no weights (.safetensors)")
    return about
