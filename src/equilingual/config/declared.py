"""Check before any job starts what encoders in folders declare and a run cannot support.

Only JSON files are read. Damaged or incomplete folders, and encoders from the Hub, are checked by the stage
``prepare_encoder``, which loads them.
"""

import json
from collections.abc import Iterator
from os.path import isdir, normpath
from pathlib import Path
from typing import Any

from equilingual.config.models import Config, Encoder
from equilingual.similarity import UNTRAINABLE, scored_by

_READ_OTHERWISE = {"Router": "Router", "Asym": "Router", "StaticEmbedding": "StaticEmbedding"}
_NORMALIZE = "Normalize"


def declared_problems(config: Config, root: Path) -> list[str]:
    """Return a line for each unsupported declaration of an encoder; paths are relative to ``root``."""
    return [
        f"encoders.{name}: {problem}"
        for name, encoder in config.encoders.items()
        for problem in _problems(encoder, config, root)
    ]


def _problems(encoder: Encoder, config: Config, root: Path) -> Iterator[str]:
    is_trained = encoder.train and bool(config.training_sets)
    if encoder.source != "folder" or encoder.path is None:
        if is_trained and encoder.similarity == "dot":
            yield UNTRAINABLE["dot"]
        return
    folder = root / encoder.path
    if not (folder / "modules.json").exists():
        folder = adapter_base(folder) or folder  # an adapter takes the modules of its base model
    modules = _read(folder / "modules.json", list)
    if not modules or not all(isinstance(module, dict) for module in modules):
        modules, declared = [], {}
    else:
        declared = _read(folder / "config_sentence_transformers.json", dict)
    if modules and encoder.pooling is not None:
        yield f"'pooling' is {encoder.pooling!r}, but the model declares its own (modules.json): remove this key"
    unit = declared.get("truncate_dim") is None and _ends_in_normalize(modules, folder)
    try:
        similarity = scored_by(declared.get("similarity_fn_name"), asked=encoder.similarity, unit=unit)
    except ValueError as error:
        yield str(error)
        return
    reader = _READ_OTHERWISE.get(_kind(modules[0])) if modules else None
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
    name = _read(folder / "adapter_config.json", dict).get("base_model_name_or_path")
    is_there = isinstance(name, str) and name and isdir(folder / name)
    return Path(normpath(folder / name)) if is_there else None


def _ends_in_normalize(modules: list[Any], folder: Path) -> bool:
    """Return whether the last module, or the last one of every route, normalises vectors."""
    if not modules:
        return False
    last = modules[-1]
    if _READ_OTHERWISE.get(_kind(last)) != "Router":
        return _kind(last) == _NORMALIZE
    place = folder / str(last.get("path", ""))
    routes = _read(place / "router_config.json", dict) or _read(place / "config.json", dict)  # older ones have this
    types, structure = routes.get("types"), routes.get("structure")
    if not isinstance(types, dict) or not isinstance(structure, dict):
        return False
    ends = [str(way[-1]) if isinstance(way, list) and way else "" for way in structure.values()]
    return all(_kind({"type": types.get(end)}) == _NORMALIZE for end in ends)


def _kind(module: dict[str, Any]) -> str:
    return str(module.get("type")).rpartition(".")[2]


def _read(path: Path, kind: type) -> Any:  # noqa: ANN401 (JSON has no static type)
    """Return the contents of a JSON file of a type; an empty value of that type for anything else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return kind()
    return found if isinstance(found, kind) else kind()
