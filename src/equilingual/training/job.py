"""What a training is given: the same in each of its processes."""

from os import PathLike, fspath
from typing import Annotated

from pydantic import BeforeValidator

from equilingual.config.base import Model
from equilingual.config.origin import Origin
from equilingual.config.training import TrainingSettings

# Text, so that JSON can hold a job.
Place = Annotated[str, BeforeValidator(lambda path: fspath(path) if isinstance(path, PathLike) else path)]


class TrainingJob(Model):
    """One training: its inputs, settings and outputs. Paths may be given as any path, and are kept as text.

    Attributes:
        experiment: its name.
        encoder: the name of the encoder that it starts from.
        encoder_folder: the encoder's directory.
        batches: the manifest of the batches.
        validation: the held-out pairs; ``None`` for a training that is not validated.
        sentences: tables of unlabelled texts for the centring term.
        overlaps: for each of them, the list of rows that are left out.
        settings: the configuration's, for this encoder.
        origin: for the model card.
        seed: the root seed.
        threads: of all processes together.
        checkpoints: a folder of its own, which outlives a killed run.
        tensorboard: a folder of its own, for the curves.
        model_out: the model's directory.
        history_out: a JSONL file with a row per step.

    """

    experiment: str
    encoder: str
    encoder_folder: Place
    batches: Place
    validation: Place | None = None
    sentences: tuple[Place, ...] = ()
    overlaps: tuple[Place, ...] = ()
    settings: TrainingSettings
    origin: Origin
    seed: int
    threads: int
    checkpoints: Place
    tensorboard: Place
    model_out: Place
    history_out: Place
