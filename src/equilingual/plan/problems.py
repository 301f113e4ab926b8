"""What would stop a run later, found before any job starts."""

from pathlib import Path

from equilingual.config.declared import declared_problems
from equilingual.config.fitting import fitting_problems
from equilingual.config.models import Config
from equilingual.config.places import misread_places, missing_places
from equilingual.config.queries import query_problems


def run_problems(config: Config, root: Path, *, base: Path | None = None, packages: bool = True) -> list[str]:
    """Return a line for each problem of a checked configuration with this machine: the key, and what to do.

    Looked at are the files and folders that it names, what encoders in folders declare, the installed engines, and
    whether debiasing can be fitted.

    Args:
        config: the configuration.
        root: the folder that its paths are relative to.
        base: what Snakemake will put before those paths; ``None`` for nothing.
        packages: whether to ask for engines' Python packages, too; those of a conda environment are not seen from here.

    """
    places = missing_places(config, root) + misread_places(config, Path() if base is None else base)
    engines = config.missing_engines(packages=packages) + query_problems(config, packages=packages)
    return places + declared_problems(config, root) + engines + fitting_problems(config)
