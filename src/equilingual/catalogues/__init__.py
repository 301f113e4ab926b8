"""What a configuration can name: one table per family, which imports nothing.

Each table has one row per name: the properties that the configuration is checked with, and the module that does the
work, which is imported when it is used. Snakemake reads the configuration where nothing of the stages is installed.

Translation engines have their table beside them, in :mod:`equilingual.translation.engines.catalogue`. Regularisers need
none: they are the keys of ``training.regularizers``, and a regulariser's module has its key's name.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol


class Described(Protocol):
    """A row that says in a few words what its name stands for."""

    @property
    def about(self) -> str:
        """The words; ``""`` where the name says it all."""
        ...


def listed(names: Iterable[str], last: str = "or") -> str:
    """Return names as a sentence lists them: ``a, b or c``."""
    *others, final = names
    return f"{', '.join(others)} {last} {final}" if others else final


def described(table: Mapping[str, Described], last: str = "or") -> str:
    """Return the names of a table as a sentence lists them, each with what it stands for in brackets."""
    return listed([f"{name} ({row.about})" if row.about else name for name, row in table.items()], last)
