"""Keys that had another name: the old one is understood, with one warning that names the new one."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

# By the old key, "*" for any name or entry: the key's new name, in the same place.
RENAMED: Mapping[str, str] = {
    "translation.gates": "filters",
    "training.warmup_share": "warmup_ratio",
    "training.schedule": "lr_scheduler_type",
    "training.both_directions": "symmetric_loss",
    "training.gradient_clip": "max_grad_norm",
    "training.lora.targets": "target_modules",
    "training.start_share": "wise_ft_base_weight",
    "training.compile": "torch_compile",
    "training.checkpoint_steps": "save_steps",
    "validation.steps": "eval_steps",
    "validation.patience": "early_stopping_patience",
    "benchmarks.*.kind": "format",
    "benchmarks.*.exclude_same_id": "ignore_identical_ids",
    "evaluation.fit": "calibration_corpus",
    "evaluation.fit_missing": "calibration_missing",
    "evaluation.fit_texts": "calibration_texts",
    "evaluation.index.neighbours": "m",
    "evaluation.index.construction": "ef_construction",
    "evaluation.index.search": "ef_search",
    "evaluation.index.lists": "nlist",
    "evaluation.index.probes": "nprobe",
}


T = TypeVar("T")


def section_place(place: Sequence[T]) -> tuple[T, ...]:
    """Return a place without ``variants.NAME``, whose sections have the keys of the configuration's own."""
    return tuple(place[2:] if place[:1] == ("variants",) and len(place) > 2 else place)


def renamed_in(place: tuple[str, ...]) -> dict[str, str]:
    """Return the old names of the keys at a place of the configuration, each with its new one."""
    found = {}
    place = section_place(place)
    for old, new in RENAMED.items():
        *parents, name = old.split(".")
        if len(parents) == len(place) and all(p in ("*", part) for p, part in zip(parents, place, strict=True)):
            found[name] = new
    return found


def with_new_names(raw: Mapping[str, object]) -> tuple[dict[str, object], list[str], list[str]]:
    """Return a configuration by its new names, the old ones it used, and what is wrong with them.

    Returns:
        The configuration; a line ``old is now new`` for each key that was renamed, in the order of the file; and a
        line for each key that is given by both names.

    """
    changes: list[str] = []
    problems: list[str] = []
    return _renamed(raw, (), changes, problems), changes, problems


def _renamed(
    raw: Mapping[str, object], place: tuple[str, ...], changes: list[str], problems: list[str]
) -> dict[str, object]:
    here = renamed_in(place)
    renamed: dict[str, object] = {}
    for key, value in raw.items():
        new = here.get(key, key)
        if isinstance(value, Mapping) and isinstance(key, str):
            value = _renamed(value, (*place, new), changes, problems)
        if new != key:
            old_key, new_key = (".".join((*place, name)) for name in (key, new))
            if new in raw:
                problems.append(f"{old_key} is the old name of {new_key}: keep only {new!r}")
            changes.append(f"{old_key} is now {new_key}")
        renamed[new] = value
    return renamed
