"""Checkpoints: files that a killed run resumes from, each with a checksum."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from equilingual.files import append_checksum, replacing, verify_checksum

logger = logging.getLogger(__name__)


def write_checkpoint(state: Mapping[str, Any], path: Path) -> None:
    """Write a checkpoint in place of the one before, which survives a full disk."""
    import torch

    # A file of Python's: on a full disk torch's own says nothing of the disk.
    with replacing(path) as temporary, open(temporary, "wb") as file:
        torch.save(dict(state), file)
        file.close()
        append_checksum(temporary)  # torch compares none


def read_checkpoint(path: Path, what: str) -> dict[str, Any] | None:
    """Return a checkpoint, on the CPU; None if there is none, or if it is damaged; the log says why not.

    Args:
        path: its file.
        what: starts from its first step if there is none: ``training``.

    """
    import torch

    if not path.exists():
        if any(path.parent.glob(f"*{path.suffix}")):
            reason = "has a checkpoint of other inputs, settings, versions or code"
            logger.info("%s %s; %s starts from the first step", path.parent, reason, what)
        return None
    if not (is_whole := verify_checksum(path)):
        problem = (
            "is incomplete or from an older version: it has no checksum"
            if is_whole is None
            else "is damaged: its checksum differs"
        )
        logger.warning("%s %s; %s starts from the first step", path, problem, what)
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state
