"""Check before any job starts what encoders in folders declare and a run cannot support.

Only JSON files are read. Damaged or incomplete folders, and encoders from the Hub, are checked by the stage
``prepare_encoder``, which loads them.
"""

from collections.abc import Callable, Iterator
from os.path import isdir, normpath
from pathlib import Path
from typing import Any, TypeVar

from equilingual.config.grid import trained_encoders
from equilingual.config.models import Config
from equilingual.modules import MODULES, ModuleFileError, NamedModule, read_json, read_modules, read_routes
from equilingual.similarity import UNTRAINABLE, scored_by

_READ_OTHERWISE = {"Router": "Router", "Asym": "Router", "StaticEmbedding": "StaticEmbedding"}
_NORMALIZE = "Normalize"
_Read = TypeVar("_Read")


def declared_problems(config: Config, root: Path) -> list[str]:
    """Return a line for each unsupported declaration of an encoder; paths are relative to ``root``."""
    return [f"encoders.{name}: {problem}" for name in config.encoders for problem in _problems(name, config, root)]


def _problems(name: str, config: Config, root: Path) -> Iterator[str]:
    encoder = config.encoders[name]
    is_trained = name in trained_encoders(config)
    if encoder.source != "folder" or encoder.path is None:
        if is_trained and encoder.similarity == "dot":
            yield UNTRAINABLE["dot"]
        return
    folder = root / encoder.path
    if not (folder / MODULES).exists():
        folder = adapter_base(folder) or folder  # an adapter takes the modules of its base model
    modules = _read(read_modules, folder) or []
    declared = _read(read_json, folder / "config_sentence_transformers.json", dict) or {} if modules else {}
    if modules and encoder.pooling is not None:
        yield f"'pooling' is {encoder.pooling!r}, but the model declares its own (modules.json): remove this key"
    unit = declared.get("truncate_dim") is None and _ends_in_normalize(modules, folder)
    try:
        similarity = scored_by(declared.get("similarity_fn_name"), asked=encoder.similarity, unit=unit)
    except ValueError as error:
        yield str(error)
        return
    reader = _READ_OTHERWISE.get(modules[0].kind) if modules else None
    if is_trained and (reader or similarity == "dot"):
        yield UNTRAINABLE[reader or "dot"]
    if reader and encoder.trim is not None:
        yield f"'trim' needs a transformer, but texts are encoded by a {reader}: remove this key"
    if reader and config.encoding.precision == "int8":
        yield (
            f"encoding.precision is int8, which needs a single transformer, but texts are encoded by a {reader}: use "
            "float32 or bfloat16"
        )


def adapter_base(folder: Path) -> Path | None:
    """Return the folder of the base model that an adapter's folder names, if it exists."""
    name = (_read(read_json, folder / "adapter_config.json", dict) or {}).get("base_model_name_or_path")
    is_named = isinstance(name, str) and name and isdir(folder / name)
    return Path(normpath(folder / str(name))) if is_named else None


def _ends_in_normalize(modules: list[NamedModule], folder: Path) -> bool:
    """Return whether the last module, or the last one of every route, normalises vectors."""
    if not modules:
        return False
    last = modules[-1]
    if _READ_OTHERWISE.get(last.kind) != "Router":
        return last.kind == _NORMALIZE
    routes = _read(read_routes, folder / last.place)
    return routes is not None and all(members[-1].kind == _NORMALIZE for members in routes.values())


def _read(read: Callable[..., _Read], *given: Any) -> _Read | None:  # noqa: ANN401 (what it takes)
    """Return what a function reads; ``None`` where a file is missing or damaged, which the stage says."""
    try:
        return read(*given)
    except ModuleFileError:
        return None
