"""Where the configuration's files are for the jobs, which run in a working directory that may be another folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from equilingual.config.corpora import FilePlace


def _as_it_is(path: str) -> str:
    return path


@dataclass(frozen=True)
class Places:
    """The Snakefile's folder, and where this run's results are.

    Attributes:
        root: the Snakefile's folder, which the configuration's paths are relative to.
        placed: returns where a path below ``results/`` is. It differs where another workflow takes this one as a
            module with a prefix, or where the results are in object storage: Snakemake changes inputs and outputs,
            and not parameters.
        kept: returns the same for what no rule declares (checkpoints, the translation cache), which is in no object
            storage.

    """

    root: Path
    placed: Callable[[str], str] = _as_it_is
    kept: Callable[[str], str] = _as_it_is

    def project_path(self, path: str) -> str:
        """Return a path of the configuration for the working directory."""
        is_as_given = Path.cwd() == self.root and self.kept(path) == path
        return path if is_as_given else str(self.root / path)

    def file(self, place: FilePlace) -> str:
        """Return the file of a place of the configuration: the project's own, or a download."""
        if place.download:
            return f"results/downloads/{place.download}"
        assert place.file is not None  # the configuration gives a place one of them
        return self.project_path(place.file)


def folder_files(folder: str) -> list[str]:
    """Return the files of a folder, sorted; the folder itself where it does not exist, which Snakemake then says."""
    return sorted(str(path) for path in Path(folder).rglob("*") if path.is_file()) or [folder]
