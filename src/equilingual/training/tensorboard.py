"""A training's figures for TensorBoard, while it runs: ``tensorboard --logdir results/tensorboard``.

The history file is what counts: it is complete when the training is. These files exist from the first step on, and
are written anew, from the first step, by a run that resumes.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_NAMES = {"validation_loss": "validation/loss", "validation_map": "validation/mAP"}
_NOT_FIGURES = {"step", "batch_id", "mode"}


def with_tensorboard(
    steps: Iterator[float], history: Sequence[Mapping[str, Any]], folder: str | Path
) -> Iterator[float]:
    """Go through the steps of a training; with each, write the rows of its history that are new.

    Args:
        steps: each adds a row to ``history``, and is done with it when it yields.
        history: as the history file has it; it includes the first steps of a resumed training.
        folder: of the event files; what an earlier run has left there goes.

    """
    from tensorboardX import SummaryWriter

    shutil.rmtree(folder, ignore_errors=True)
    written = 0

    def write_new_rows() -> None:
        nonlocal written
        for row in history[written:]:
            for name, value in row.items():
                if name not in _NOT_FIGURES:
                    writer.add_scalar(_NAMES.get(name, f"training/{name}"), value, row["step"])
        written = len(history)

    with SummaryWriter(str(folder), flush_secs=10) as writer:
        for loss in steps:
            write_new_rows()
            yield loss
        write_new_rows()  # a training that was finished before has no step left, and all of its rows
