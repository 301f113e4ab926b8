"""What a reader of files is, for the fuzz."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Contents = Mapping[str, bytes]


@dataclass(frozen=True)
class Reader:
    """A reader.

    Attributes:
        kind: of what: corpora, bitext, benchmarks, artefacts, models, configuration, languages.
        name: of the format.
        files: sets of sound files, by the place of each in a folder.
        read: reads a folder's files; returns what is wrong with the result, ``None`` where nothing is.

    """

    kind: str
    name: str
    files: tuple[Contents, ...]
    read: Callable[[Path], str | None]
