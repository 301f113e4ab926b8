"""What a job asks a cluster for: memory and time that grow with its input and with every further attempt."""

import math
import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from equilingual.plan.wildcards import Wildcards


class Need(Protocol):
    """A resource of a rule as a function; Snakemake gives the arguments by these names."""

    def __call__(self, wildcards: Wildcards, input: Iterable[str], attempt: int) -> int:  # noqa: A002
        """Return the resource of a job with these input files in its first, second, … attempt."""


def growing(base: int, *, per_mb: float = 0.0, mapped: str = "") -> Need:
    """Return a need (megabytes or minutes) of ``(base + per_mb × size of the input in MB) × attempt``, rounded up.

    ``base`` is what the embedded configuration fits into, with room. ``per_mb`` is an upper estimate: text is about
    three times as large outside of Parquet, and a matrix of vectors is held twice. What a job was killed for lacking,
    the next attempt (``--retries``) has. Nothing of it decides a result. Files whose names end in ``mapped`` are not
    counted: they are read through a memory map, a part at a time.

    A file that does not exist counts as empty: before a run, most do not. Snakemake asks again when a job is due.
    """

    def need(wildcards: Wildcards, input: Iterable[str], attempt: int) -> int:  # noqa: A002
        grown = base + per_mb * _megabytes(input, mapped) if per_mb else base
        return math.ceil(grown * attempt)

    return need


def _megabytes(paths: Iterable[str], mapped: str) -> float:
    """Return the size of files together. Snakemake's ``input.size_mb`` is slower: 0.7 s of a plan of 777 jobs."""
    total = 0
    for path in paths:
        if mapped and path.endswith(mapped):
            continue
        with suppress(FileNotFoundError):
            total += os.path.getsize(path)
    return total / 1_000_000
