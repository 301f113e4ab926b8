"""Variants: named changes to the batches and the training, for ablations.

A variant is merged into the configuration's ``batches`` and ``training``: mappings key by key, everything else is
replaced. The result is checked by the same models, so that an error names the key of the variant.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field

from equilingual.config.base import Model
from equilingual.config.batches import Batches
from equilingual.config.training import Trainings

if TYPE_CHECKING:
    from equilingual.config.models import Config

NO_VARIANT = "none"
# Keys that belong to the whole run.
FIXED = {"batches": ("strategies", "shards"), "training": ("average_seeds",)}
_TAKEN = re.compile(r"none|average|seed-.*")  # last parts of models' names, and the word for no variant


class Variant(Model):
    """Changes to the batches and the training."""

    batches: dict[str, Any] = Field(
        {}, description="Keys of 'batches' with the values that they have here; not 'strategies', not 'shards'"
    )
    training: dict[str, Any] = Field(
        {}, description="Keys of 'training' with the values that they have here; not 'average_seeds'"
    )


class _Changed(Model):
    """Both sections as a variant changes them."""

    batches: Batches
    training: Trainings


class _AllChanged(Model):
    """What is checked of the variants: its places are those of the configuration, and so are those of its errors."""

    variants: dict[str, _Changed]


def changed_sections(config: "Config", name: str) -> tuple[Batches, Trainings]:
    """Return the batches and the training of a variant.

    Raises:
        ValidationError: a key is unknown, or a value is wrong; the error's place is below ``variants``.

    """
    variant = config.variants[name]
    merged = {
        key: _merged(getattr(config, key).model_dump(by_alias=True), getattr(variant, key))
        for key in ("batches", "training")
    }
    changed = _AllChanged.model_validate({"variants": {name: merged}}).variants[name]
    return changed.batches, changed.training


def _merged(base: object, change: object) -> object:
    """Return a value with a change: of mappings key by key."""
    if not (isinstance(base, Mapping) and isinstance(change, Mapping)):
        return change
    return {**base, **{key: _merged(base.get(key), value) for key, value in change.items()}}


def variant_problems(config: "Config") -> Iterator[str]:
    """Yield which variants have a name or a key that they cannot have."""
    for name, variant in config.variants.items():
        if _TAKEN.fullmatch(name):
            yield f"variants.{name}: {name!r} is a part of models' names already; choose another name"
        for section, keys in FIXED.items():
            for key in (key for key in keys if key in getattr(variant, section)):
                yield f"variants.{name}.{section}.{key}: this key is the same in every variant; remove it here"


def in_variant(name: str | None, problem: str) -> str:
    """Return a problem of a variant's batches and training with its place in the configuration."""
    if name is None:
        return problem
    return f"variants.{name}{'.' if problem.startswith(tuple(f'{key}.' for key in FIXED)) else ': '}{problem}"
