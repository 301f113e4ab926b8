"""Adapters (LoRA, as PEFT saves them) become whole encoders: merged into their base model when they are prepared."""

import re
import shutil
from dataclasses import dataclass
from os.path import isdir
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.encoders.checks import EncoderError, check_fit, transformer_of
from equilingual.encoders.folders import (
    ADAPTER,
    ADAPTER_WEIGHTS,
    WEIGHTS,
    ModuleFolder,
    check_files,
    module_folders,
    read_object,
)
from equilingual.encoders.reading import hub_folder, read_model
from equilingual.logs import without_library_bars
from equilingual.messages import one_line, shown

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_NOT_OF_THE_MODEL = ("adapter_*", "config.json", "README.md", "*.bin", "*.pt", "*.safetensors", "*.pth", "checkpoint-*")
_MERGE = "merge it with PEFT (merge_and_unload, then save_pretrained), and use the merged folder"


@dataclass(frozen=True)
class Merged:
    """An adapter's encoder.

    Attributes:
        folder: the whole model.
        about: what its manifest says of the base model.
        sources: the folders whose weights are in it.

    """

    folder: Path
    about: dict[str, Any]
    sources: list[ModuleFolder]


def merge_adapter(encoder: str, folder: Path, out: Path) -> Merged | None:
    """Write an adapter's encoder, merged into its base model, to ``out``; ``None`` where a folder has no adapter.

    The base model is a folder, whose path is absolute or relative to the adapter's, or a model of the Hub at the
    commit that ``revision`` in ``adapter_config.json`` says. No other is fetched.

    Raises:
        EncoderError: the base model is not pinned or not there, or the adapter does not fit it.

    """
    places = [module.folder for module in module_folders(encoder, folder) if (module.folder / ADAPTER).exists()]
    if not places:
        return None
    if places != [folder]:
        raise EncoderError(f"the encoder {encoder}: {places[0]} is an adapter inside a model: {_MERGE}")
    if (folder / WEIGHTS).exists() or (folder / f"{WEIGHTS}.index.json").exists():
        raise EncoderError(
            f"the encoder {encoder}: {folder} has both an adapter ({ADAPTER}) and full weights: delete the adapter's "
            f"files where it is merged already, else the whole weights"
        )
    config = read_object(encoder, folder / ADAPTER)
    _check_adapter(encoder, folder, config)
    base, about = _base(encoder, folder, config)
    modules = check_files(encoder, base)
    if any((module.folder / ADAPTER).exists() for module in modules):
        raise EncoderError(
            f"the encoder {encoder}: the base model {base} of the adapter is an adapter itself: {_MERGE}"
        )
    what = f"the base model {base} of the encoder {encoder}"
    model, loads = read_model(what, base)
    check_fit(what, loads)
    _merge(encoder, folder, model)
    with without_library_bars():
        if any((place / "modules.json").exists() for place in (base, folder)):
            model.save_pretrained(str(out), create_model_card=False)
        else:  # a transformers model has no pooling of its own: the configuration's 'pooling' gives one
            first: Any = model[0]
            first.save(str(out))

    def skipped(place: str, names: list[str]) -> set[str]:
        return shutil.ignore_patterns(*_NOT_OF_THE_MODEL)(place, names) if Path(place) == folder else set()

    shutil.copytree(folder, out, dirs_exist_ok=True, ignore=skipped)
    return Merged(out, about, [ModuleFolder(ADAPTER, folder), *modules])


def _check_adapter(encoder: str, folder: Path, config: dict[str, Any]) -> None:
    """Raise where an adapter is of a kind that is not merged here."""
    if config.get("peft_type") != "LORA" or config.get("megatron_config") or config.get("is_prompt_learning"):
        raise EncoderError(
            f"the encoder {encoder}: {folder} is an adapter of the kind {one_line(config.get('peft_type'), 40)}, and "
            f"only LORA is merged: {_MERGE}"
        )
    if not (folder / ADAPTER_WEIGHTS).exists():
        raise EncoderError(
            f"the encoder {encoder}: {folder} is an adapter without {ADAPTER_WEIGHTS}, and only safetensors are read; "
            "download the whole adapter"
        )


def _base(encoder: str, folder: Path, config: dict[str, Any]) -> tuple[Path, dict[str, Any]]:
    """Return the folder of an adapter's base model, and what the manifest says of it."""
    name, revision = config.get("base_model_name_or_path"), config.get("revision")
    if isinstance(name, str) and name:
        if isdir(folder / name):
            return folder / name, {"adapter_base": {"path": (folder / name).resolve().name, "revision": None}}
        if isinstance(revision, str) and re.fullmatch("[0-9a-f]{40}", revision) and not Path(name).is_absolute():
            return hub_folder(encoder, name, revision), {"adapter_base": {"path": name, "revision": revision}}
    raise EncoderError(
        f"the encoder {encoder}: {folder} is an adapter without whole weights, and its base model "
        f"{shown(name)} is neither a folder nor a commit of the Hugging Face Hub: in {ADAPTER}, give the "
        "base model's folder as base_model_name_or_path, or its commit (40 digits) as revision"
    )


def _merge(encoder: str, folder: Path, model: "SentenceTransformer") -> None:
    """Add an adapter's matrices to its base model's, in place."""
    from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
    from safetensors.torch import load_file

    try:
        config = LoraConfig.from_pretrained(str(folder), local_files_only=True)
        config.task_type = config.base_model_name_or_path = None
        config.init_lora_weights = True
        wrapped = get_peft_model(transformer_of(model), config)
        weights = {
            name: w.float() if w.is_floating_point() else w for name, w in load_file(folder / ADAPTER_WEIGHTS).items()
        }
        found: Any = set_peft_model_state_dict(wrapped, weights)  # PEFT's own annotation is the function namedtuple
        lost = [*found.unexpected_keys, *(key for key in found.missing_keys if "lora_" in key)]
        if lost or not weights:
            raise ValueError(f"{len(lost)} of its weights have no place there, such as {min(lost, default='all')}")
        wrapped.merge_and_unload()
    except MemoryError:
        raise
    except Exception as error:  # whatever PEFT raises where an adapter is of another model
        raise EncoderError(
            f"the encoder {encoder}: the adapter {folder} does not fit its base model: {one_line(error)}"
        ) from error
    if hasattr(transformer_of(model), "peft_config"):
        del transformer_of(model).peft_config
