"""A folder of what stages made, each under the digest of all that it depends on."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
        digest = _digest(stage, given)
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

    @contextmanager
    def working(self, stage: Callable[..., None], given: Mapping[str, object]) -> Iterator[Path]:
        """Yield a folder in which a stage keeps what it has finished, for the next process if this one is killed.

        A second process at the same time gets a folder of its own, which is removed.

        Args:
            stage: as for :meth:`make`.
            given: as for :meth:`make`.

        """
        from filelock import FileLock, Timeout

        folder = self.folder / "work" / stage.__name__ / _digest(stage, given)
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.with_suffix(".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            with tempfile.TemporaryDirectory(dir=folder.parent) as other:
                yield Path(other)
            return
        try:
            yield folder
        finally:
            lock.release()


def _digest(stage: Callable[..., None], given: Mapping[str, object]) -> str:
    module = PACKAGE.parent.joinpath(*stage.__module__.split(".")).with_suffix(".py")
    text = json.dumps({"code": code_digest(module), **given}, sort_keys=True, default=_as_json)
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def _as_json(value: object) -> object:
    """Return a value that JSON does not know: the name of a stage's folder, which is its digest."""
    return value.name if isinstance(value, Path) else repr(value)
