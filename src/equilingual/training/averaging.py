"""The stage ``average_seeds``: a model whose weights are the average of those of all seeds of an experiment.

in:  ``results/models/{experiment}/`` of every seed
out: ``results/models/{average}/``, a model directory like theirs

Trainings that start from one encoder end near each other, and the average of their weights often ranks better than
each of them, at the cost of one ("model soup", arXiv:2203.05482).
"""

import logging
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

from equilingual.config.origin import Origin
from equilingual.encoders.checks import EncoderError
from equilingual.encoders.directory import read_manifest, save_model
from equilingual.encoders.loading import load_encoder
from equilingual.files import sha256_of
from equilingual.manifests import MANIFEST
from equilingual.provenance import package_versions
from equilingual.training.card import model_card

if TYPE_CHECKING:
    from torch import Tensor

logger = logging.getLogger(__name__)

Place = str | PathLike[str]
# What all seeds of an experiment share.
_SHARED = (
    "encoder",
    "similarity",
    "base",
    "training_set",
    "strategy",
    "mix",
    "alpha",
    "languages",
    "pairs",
    "parameters",
)
# What is asked of hard negatives and of further positives; how many rows have some is each seed's own.
_ASKED = ("count", "from", "language")
# What each has of its own.
_OWN = ("experiment", "seed", "steps", "best", "final_loss", "hardware")


def average_seeds(*, experiment: str, members: Sequence[Place], origin: Origin, out: Place) -> None:
    """Average the weights of models and write the average as a model of its own.

    Each weight is the mean over the models, worked out in float64 and kept in the precision that they have; what is no
    number of a precision (positions, for example) is that of the first. Adapters are merged into the models already.

    Args:
        experiment: the name of the average.
        members: the directories of the models, one per seed, all trained from one encoder.
        origin: for the model card.
        out: the directory of the average.

    Raises:
        EncoderError: the models have different weights, by name or shape.
        DamagedFileError: a model is not what its manifest says.

    """
    abouts = [read_manifest(folder) for folder in members]
    model = load_encoder(members[0])
    model.load_state_dict(_mean(model.state_dict(), members))
    about = _about(experiment, abouts, members)
    save_model(model, out, card=model_card(about, origin), about=about)
    logger.info("averaged %d models", len(members))


def _mean(first: "Mapping[str, Tensor]", members: Sequence[Place]) -> "dict[str, Tensor]":
    """Return the mean of each weight over the models, of which the first one's weights are given."""
    sums = {name: weight.double() for name, weight in first.items() if weight.is_floating_point()}
    for folder in members[1:]:
        other = load_encoder(folder).state_dict()
        if {name: one.shape for name, one in other.items()} != {name: one.shape for name, one in first.items()}:
            raise EncoderError(f"{folder}: its weights differ from those of {members[0]} by name or shape")
        for name, total in sums.items():
            total += other[name].double()
    means = {name: (total / len(members)).to(first[name].dtype) for name, total in sums.items()}
    return {**first, **means}


def _about(experiment: str, abouts: Sequence[Mapping[str, Any]], members: Sequence[Place]) -> dict[str, Any]:
    """Return the manifest of an average; its seed is null, and each member is under ``averaged``."""
    first = abouts[0]
    asked = {name: first.get(name) for name in ("negatives", "positives")}
    manifests = [sha256_of(f"{folder}/{MANIFEST}") for folder in members]
    return {
        "experiment": experiment,
        **{name: first[name] for name in _SHARED},
        "seed": None,
        **({"bitext": first["bitext"]} if "bitext" in first else {}),
        **{name: one and {key: one[key] for key in _ASKED if key in one} for name, one in asked.items()},
        "averaged": [
            {**{name: about[name] for name in _OWN}, "manifest_sha256": digest}
            for about, digest in zip(abouts, manifests, strict=True)
        ],
        "versions": package_versions(),
    }
