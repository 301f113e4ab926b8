"""What earlier configurations left in ``results/``: found by the paths that rules write, listed, removed on request.

A path belongs to the configuration where a rule would write it with the configuration's names (of corpora, experiments,
benchmarks, …). It is a leftover where a rule would write it with other names. All else is somebody else's.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# Below the results: what another configuration uses again, what is slow to get twice, and the answers of other studies.
_SHARED = ("cache", "downloads", "studies")
_LARGE = 1_000_000  # bytes: a leftover with a line of its own
_UNITS = ("bytes", "kB", "MB", "GB", "TB")

# Below the results: what the rules of earlier versions wrote, and none writes now.
RETIRED = (
    "batches/{training_set}/{strategy}/seed-{seed}/lint.json",
    "logs/lint_batches/{training_set}/{strategy}/seed-{seed}.log",
    "benchmarks-of-jobs/lint_batches/{training_set}/{strategy}/seed-{seed}.tsv",
)


@dataclass(frozen=True)
class Written:
    """A path that a rule writes.

    Attributes:
        pattern: with the names as wildcards: ``results/models/{experiment}``.
        named: matches it with the names of the configuration only; ``None``: a rule of an earlier version wrote it.
        is_folder: whether all that is in it is the rule's.

    """

    pattern: str
    named: re.Pattern[str] | None
    is_folder: bool = False

    def has_shape_of(self, path: str) -> bool:
        """Return whether a path is like this one, whatever the names."""
        return re.fullmatch(_shape(self.pattern), path) is not None


@dataclass(frozen=True)
class Leftover:
    """A file, or a folder that holds nothing else."""

    path: str
    size: int
    files: int


def _shape(pattern: str) -> str:
    parts = re.split(r"\{\w+\}", pattern)
    return "[^/]+".join(map(re.escape, parts))


def find_leftovers(root: str, written: Iterable[Written]) -> list[Leftover]:
    """Return what other configurations left below the folder of the results, by path; links are not followed.

    Args:
        root: the folder, as the patterns begin.
        written: all paths that the rules write.

    """
    if not os.path.isdir(root):
        return []
    return _visit(root, list(written), root)[0]


def _visit(folder: str, written: Sequence[Written], root: str) -> tuple[list[Leftover], bool]:
    """Return the leftovers of a folder, and whether it holds nothing else."""
    found: list[Leftover] = []
    is_pure = True
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = f"{folder}/{entry.name}"
        if entry.is_dir(follow_symlinks=False) and not (folder == root and entry.name in _SHARED):
            owner = _owner(path, [one for one in written if one.is_folder])
            if owner is None:
                inner, inner_is_pure = _visit(path, written, root)
            else:
                retired = [one for one in written if one.named is None]
                inner, inner_is_pure = (_visit(path, retired, root)[0], False) if owner else ([_whole(path)], True)
            found += inner
            is_pure &= inner_is_pure
        elif entry.is_file(follow_symlinks=False) and _owner(path, written) is False:
            found.append(Leftover(path, entry.stat(follow_symlinks=False).st_size, 1))
        else:
            is_pure = False
    if found and is_pure and folder != root and os.path.dirname(folder) != root:
        found = [Leftover(f"{folder}/", sum(one.size for one in found), sum(one.files for one in found))]
    return found, is_pure


def _owner(path: str, written: Iterable[Written]) -> bool | None:
    """Return whether a path is the configuration's own; ``None`` where no rule would write it."""
    alike = [one for one in written if one.has_shape_of(path)]
    return any(one.named is not None and one.named.fullmatch(path) for one in alike) if alike else None


def _whole(folder: str) -> Leftover:
    sizes = [os.lstat(os.path.join(place, name)).st_size for place, _, names in os.walk(folder) for name in names]
    return Leftover(f"{folder}/", sum(sizes), len(sizes))


def remove(leftovers: Iterable[Leftover]) -> None:
    """Remove files, and folders with all that is in them; of a link in one the link goes, and not what it leads to."""
    for leftover in leftovers:
        if leftover.path.endswith("/"):
            shutil.rmtree(leftover.path.removesuffix("/"))
        else:
            Path(leftover.path).unlink()


def listing(root: str, leftovers: Sequence[Leftover], *, removed: bool) -> Iterator[str]:
    """Yield a line for each large leftover, one for the small ones of a folder, then their sum and what to do."""
    if not leftovers:
        yield "Nothing is left over from other configurations."
        return
    small: dict[str, list[Leftover]] = {}
    large = []
    for leftover in leftovers:
        if leftover.size >= _LARGE:
            large.append(leftover)
        else:
            small.setdefault("/".join(leftover.path.split("/", root.count("/") + 2)[:-1]), []).append(leftover)
    for leftover in sorted(large, key=lambda one: (-one.size, one.path)):
        yield f"{readable_size(leftover.size):>10}  {leftover.path}"
    for folder, own in small.items():
        files = sum(one.files for one in own)
        yield f"{readable_size(sum(one.size for one in own)):>10}  {folder}/: {files} file{'s' * (files > 1)}"
    files = sum(leftover.files for leftover in leftovers)
    total = f"{readable_size(sum(leftover.size for leftover in leftovers))} in {files} file{'s' * (files > 1)}"
    yield f"Removed {total}." if removed else f"{total}; the target remove_leftovers removes them."


def readable_size(size: int) -> str:
    """Return a number of bytes in a unit that suits it: ``1.4 GB``."""
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 or value >= 99.95 else f"{value:.1f} {_UNITS[unit]}"
