"""A folder of what stages made, each under the digest of all that it depends on."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from equilingual.provenance import PACKAGE, code_digest

_LENGTH = 16  # hexadecimal digits of a digest


class Store:
    """The results of stages, kept until the folder is deleted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, stage: Callable[..., None], given: Mapping[str, object], write: Callable[[Path], None]) -> Path:
        """Return the folder that a stage wrote with what is given, or write it.

        It is written to a temporary folder first and then moved: a process that is killed, or two at once, leave no
        partial result. The digest counts the stage's code.

        Args:
            stage: the function of the package that ``write`` calls.
            given: parameters, and the folders of other stages, which stand for their content by their names.
            write: writes into the empty folder that it is given.

        """
        module = PACKAGE.parent.joinpath(*stage.__module__.split(".")).with_suffix(".py")
        text = json.dumps({"code": code_digest(module), **given}, sort_keys=True, default=_as_json)
        digest = hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]
        folder = self.folder / stage.__name__ / digest
        if not folder.is_dir():
            partial = folder.with_name(f".{digest}.{os.getpid()}")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            try:
                write(partial)
                if not folder.is_dir():
                    partial.rename(folder)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
        return folder


def _as_json(value: object) -> object:
    """Return a value that JSON does not know: the name of a stage's folder, which is its digest."""
    return value.name if isinstance(value, Path) else repr(value)
