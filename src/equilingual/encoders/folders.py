"""What the files of a model folder say, checked before any of it is loaded.

A folder from outside is data. It names the modules that make an encoder, their settings and their weights, and none of
these may run code, read outside the folder or reach the network. Every fault is one line that names the encoder.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from equilingual.encoders.checks import EncoderError
from equilingual.messages import one_line, shown
from equilingual.modules import AGAIN, MODULES, ModuleFileError, NamedModule, read_json, read_modules, read_routes

_Read = TypeVar("_Read")


@dataclass(frozen=True)
class ModuleFolder:
    """A module of a sentence-transformers model: its class's name, and the folder that has its files."""

    kind: str
    folder: Path


OWN_CODE = (
    "it has its own code, and code from a model's repository is never run: use an encoder of a kind that "
    "transformers and sentence-transformers have themselves"
)
ADAPTER = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
WEIGHTS = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_PICKLES = {".bin", ".pt", ".pth", ".ckpt"}
_CONVERT = (
    'If you trust its author, convert it once: python -c "from transformers import AutoModel; '
    "AutoModel.from_pretrained('{place}', use_safetensors=False).save_pretrained('{place}')\""
)

_ROUTERS = {"Router", "Asym"}
_READERS = {"Transformer", "StaticEmbedding"}
# Modules that read their configuration and safetensors alone. WordEmbeddings and BoW import the tokenizer's class that
# their configuration names, and CLIPModel reads images.
_LATER = {"Pooling", "Dense", "Normalize", "Dropout", "LayerNorm", "WeightedLayerPooling", "CNN", "LSTM"}

# The attention that transformers has itself. Other names are packages or repositories of the Hub ("owner/kernel").
_ATTENTION = {None, "eager", "sdpa", "flex_attention"}
_KERNELS = {"use_kernels", "kernel_config", "allow_all_kernels"}
_SETTINGS = ("model_args", "model_kwargs", "tokenizer_args", "processor_kwargs", "config_args", "config_kwargs")

# Names in safetensors files, and in PyTorch.
_FLOATS = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}


def check_files(encoder: str, folder: Path) -> list[ModuleFolder]:
    """Check the files of a model folder; return its modules, those of a ``Router`` included.

    Args:
        encoder: its name in the configuration.
        folder: a sentence-transformers or transformers model.

    Raises:
        EncoderError: a file is missing, damaged or asks for what is not done; the message says what to do.

    """
    if not folder.is_dir():
        raise EncoderError(f"the encoder {encoder}: the folder {folder} does not exist; check encoders.{encoder}.path")
    try:
        modules = module_folders(encoder, folder)
        _check_declarations(encoder, folder / "config_sentence_transformers.json")
        for module in modules:
            if module.kind == "Transformer":
                _check_settings(encoder, module.folder)
            if module.kind == "Dense":
                _check_activation(encoder, module.folder / "config.json")
            if module.kind in _READERS:
                check_weights(encoder, module.folder)
    except OSError as error:
        raise EncoderError(f"the encoder {encoder}: {folder} cannot be read: {one_line(error)}") from error
    return modules


def module_folders(encoder: str, folder: Path) -> list[ModuleFolder]:
    """Return the modules that ``modules.json`` names, in order, and after a ``Router`` those of its routes.

    A folder without ``modules.json`` is a transformers model: one module.

    Raises:
        EncoderError: a file is not what it should be, or a module is of a kind that is not read.

    """
    if not (folder / MODULES).exists():
        return [ModuleFolder("Transformer", folder)]
    modules: list[ModuleFolder] = []
    for named in _told(encoder, read_modules, folder):
        modules += _resolve(encoder, named, folder, first=not modules)
    return modules


def _resolve(encoder: str, named: NamedModule, folder: Path, *, first: bool) -> Iterator[ModuleFolder]:
    """Yield the module that a file in a folder names, and those inside a ``Router``."""
    path, place = named.file, named.place
    kind = _kind(encoder, path, named.reference)
    inside = os.path.normpath(place or ".")
    outside = os.path.isabs(inside) or inside.split(os.sep)[0] == ".." or "\\" in place or "\0" in place
    if outside or (inside == "." and path.name != MODULES):
        raise EncoderError(
            f"the encoder {encoder}: {path} has a path that is not a folder inside it ({shown(place)}); {AGAIN}"
        )
    if kind in (_LATER if first else _READERS):
        wanted = "the first module must be a Transformer, StaticEmbedding or Router, and no later one may be"
        raise EncoderError(f"the encoder {encoder}: {path} has a {kind} in the wrong place: {wanted}")
    yield ModuleFolder(kind, folder / inside)
    if kind in _ROUTERS:
        for members in _told(encoder, read_routes, folder / inside).values():
            for number, member in enumerate(members):
                yield from _resolve(encoder, member, folder / inside, first=first and not number)


def _kind(encoder: str, path: Path, reference: str) -> str:
    """Return the name of a module's class, which must be one of sentence-transformers' own that is read."""
    package, _, kind = reference.rpartition(".")
    if package.partition(".")[0] != "sentence_transformers":
        raise EncoderError(f"the encoder {encoder}: {path} names the module {shown(reference)}: {OWN_CODE}")
    if kind not in _READERS | _ROUTERS | _LATER or not _is_module(reference):
        known = ", ".join(sorted(_READERS | _ROUTERS | _LATER))
        raise EncoderError(
            f"the encoder {encoder}: {path} names the module {shown(reference)}, which is not supported; supported are "
            f"{known}"
        )
    return kind


def _is_module(reference: str) -> bool:
    from sentence_transformers.base.modules import Module
    from sentence_transformers.util import import_from_string

    try:
        found = import_from_string(reference)
    except (ImportError, AttributeError, ValueError):
        return False
    return isinstance(found, type) and issubclass(found, Module)


def _check_settings(encoder: str, folder: Path) -> None:
    """Raise where a transformer's settings would fetch or run code, or read weights of another kind."""
    config = _read(encoder, folder / "config.json", dict)
    _check_code(encoder, folder / "config.json", config)
    if config.get("quantization_config"):
        raise EncoderError(
            f"the encoder {encoder}: {folder / 'config.json'} says that the weights are quantised "
            "(quantization_config); use the model without quantisation"
        )
    for path in sorted(folder.glob("sentence_*_config.json")):
        settings = _read(encoder, path, dict)
        _check_code(encoder, path, settings)
        if settings.get("tokenizer_name_or_path"):
            raise EncoderError(
                f"the encoder {encoder}: {path} takes the tokenizer from {shown(settings['tokenizer_name_or_path'])}; "
                "only the model's own files are read: put the tokenizer's files into the folder, and delete the key"
            )
        for name in _SETTINGS:
            given = settings.get(name) or {}
            if not isinstance(given, dict):
                raise EncoderError(f"the encoder {encoder}: {path}: {name} is not a JSON object; {AGAIN}")
            wrong = next((key for key, value in given.items() if not _is_plain(value)), None)
            if wrong is not None:
                raise EncoderError(
                    f"the encoder {encoder}: {path}: {name}.{one_line(wrong, 100)} is not a number, boolean or "
                    "plain word; delete the key"
                )


def _check_declarations(encoder: str, path: Path) -> None:
    """Raise where a model's prompts are not texts, or the dimensions that it keeps are not a number of dimensions."""
    if not path.exists():
        return
    declared = _read(encoder, path, dict)
    prompts, kept = declared.get("prompts", {}), declared.get("truncate_dim")
    if not isinstance(prompts, dict) or not all(value is None or isinstance(value, str) for value in prompts.values()):
        raise EncoderError(
            f"the encoder {encoder}: {path} has prompts that are not strings ({shown(prompts)}); {AGAIN}"
        )
    if kept is not None and (type(kept) is not int or kept < 1):
        raise EncoderError(
            f"the encoder {encoder}: {path} has truncate_dim {shown(kept)}, which is not a number of dimensions: set "
            "a whole number of 1 or more, or null to keep all dimensions"
        )


def _check_activation(encoder: str, path: Path) -> None:
    """Raise where a dense layer has an activation from outside torch: the library would take tanh in its place."""
    activation = _read(encoder, path, dict).get("activation_function", "torch.")
    if not isinstance(activation, str) or not activation.startswith("torch."):
        raise EncoderError(
            f"the encoder {encoder}: {path} has the activation_function {shown(activation)}, but only those "
            "of torch are supported"
        )


def _is_plain(value: object) -> bool:
    """Return whether a setting can name neither a file nor a repository."""
    return value is None or isinstance(value, (bool, int, float)) or (isinstance(value, str) and "/" not in value)


def _check_code(encoder: str, path: Path, settings: Any) -> None:  # noqa: ANN401 (JSON)
    """Raise where settings, at any depth, take the code of attention or of other layers from outside transformers."""
    left = [settings]
    while left:
        here = left.pop()
        if isinstance(here, list):
            left += here
        if not isinstance(here, Mapping):
            continue
        for key, value in here.items():
            left.append(value)
            if key.endswith("attn_implementation"):
                asked = list(value.values()) if isinstance(value, Mapping) else [value]
                strange = [one for one in asked if one not in _ATTENTION]
            else:
                strange = [value] if key in _KERNELS and value else []
            if strange:
                raise EncoderError(
                    f"the encoder {encoder}: {path} has {key}: {shown(strange[0])}, code that transformers does not "
                    f"have itself; it is not fetched or run: delete the key, and attention is transformers' own"
                )


def check_weights(encoder: str, folder: Path) -> None:
    """Raise where a folder has no safetensors, or only a part of them, with what is to be done."""
    if (folder / WEIGHTS).exists():
        return
    if (folder / _INDEX).exists():
        shards = _shards(encoder, folder)
        missing = sorted(name for name in shards if not (folder / name).exists())
        if missing:
            raise EncoderError(
                f"the encoder {encoder}: {folder} lacks {len(missing)} of {len(shards)} files of weights, the first is "
                f"{missing[0]}; download the whole model"
            )
        return
    pickles = sorted(path.name for path in folder.iterdir() if path.suffix in _PICKLES) if folder.is_dir() else []
    if not pickles:
        other = sorted(path.name for path in folder.glob("*.safetensors"))
        raise EncoderError(
            f"the encoder {encoder} has no weights: there is no .safetensors file in {folder}; download the whole model"
            if not other
            else f"the encoder {encoder} has no weights: there is no {WEIGHTS} in {folder}, only {', '.join(other)}"
        )
    raise EncoderError(
        f"the encoder {encoder} has its weights only as a pickle ({', '.join(pickles)} in {folder}), which can run any "
        f"code when it is loaded, so it is not loaded. {_CONVERT.format(place=folder)}"
    )


def _shards(encoder: str, folder: Path) -> set[str]:
    """Return the names of the files that the weights are split into."""
    weights = _read(encoder, folder / _INDEX, dict).get("weight_map")
    if not isinstance(weights, dict) or not weights:
        raise EncoderError(f"the encoder {encoder}: {folder / _INDEX} has no weight_map; {AGAIN}")
    for name in weights.values():
        if not isinstance(name, str) or Path(name).name != name or not name.endswith(".safetensors"):
            raise EncoderError(
                f"the encoder {encoder}: {folder / _INDEX} names {shown(name)}, which is not a .safetensors file in "
                f"the folder; {AGAIN}"
            )
    return set(weights.values())


def _weight_files(encoder: str, module: ModuleFolder) -> list[Path]:
    """Return the files that a module's weights are read from: a folder may have others, in other types."""
    if module.kind == ADAPTER:
        return [module.folder / ADAPTER_WEIGHTS]
    if (module.folder / WEIGHTS).exists():
        return [module.folder / WEIGHTS]
    names = _shards(encoder, module.folder) if (module.folder / _INDEX).exists() else set()
    return [module.folder / name for name in names]


def saved_dtypes(encoder: str, modules: list[ModuleFolder]) -> list[str]:
    """Return the floating-point types that the weights of modules were saved in, in the order of the alphabet.

    Raises:
        EncoderError: a file is damaged, or has weights that are no floating-point numbers of 16 bits or more.

    """
    from safetensors import SafetensorError, safe_open

    found = set[str]()
    for path in sorted({path for module in modules for path in _weight_files(encoder, module)}):
        try:
            with safe_open(path, "pt") as file:
                types = {name: file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118 (no mapping)
        except (SafetensorError, OSError) as error:
            raise EncoderError(
                f"the encoder {encoder} ({path.parent}) cannot be loaded: a .safetensors file is damaged "
                f"({path.name}: {one_line(error)}); download it again"
            ) from error
        for name, dtype in types.items():
            if dtype in _FLOATS:
                found.add(_FLOATS[dtype])
            elif name.endswith(("weight", "embeddings")):
                raise EncoderError(
                    f"the encoder {encoder}: {path} has {name} as {dtype}: quantised weights are not supported; use "
                    "the model in float16, bfloat16 or float32"
                )
    return sorted(found)


def _told(encoder: str, read: Callable[..., _Read], *given: Any) -> _Read:  # noqa: ANN401 (what it takes)
    """Return what a function reads; its error names the encoder."""
    try:
        return read(*given)
    except ModuleFileError as error:
        raise EncoderError(f"the encoder {encoder}: {error}") from error


def _read(encoder: str, path: Path, kind: type) -> Any:  # noqa: ANN401 (JSON)
    """Return the JSON of a file, which must be an object (``dict``) or an array (``list``)."""
    return _told(encoder, read_json, path, kind)


def read_object(encoder: str, path: Path) -> dict[str, Any]:
    """Return the JSON object of a file.

    Raises:
        EncoderError: the file is missing or something else.

    """
    return dict(_read(encoder, path, dict))
