"""What a training is given: the same in each of its processes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TrainingJob:
    """One training's inputs, settings and outputs, as :func:`~equilingual.training.loop.train_encoder` has them.

    JSON can hold all of it: paths are text.
    """

    experiment: str
    encoder: str
    encoder_folder: str
    batches: str
    parameters: Mapping[str, Any]
    origin: Mapping[str, Any]
    validation: str | None
    seed: int
    threads: int
    checkpoints: str
    tensorboard: str
    model_out: str
    history_out: str
