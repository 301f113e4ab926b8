"""Check a configuration without a run: ``python -m equilingual.config my.yaml``.

Snakemake reads the files of ``--configfile`` before the workflow, and its own message on a file that is not YAML names
no line. This one does.
"""

import sys

from equilingual.config import ConfigError, load_config
from equilingual.config.reading import read_file
from equilingual.messages import for_terminal


def main(path: str) -> str | None:
    """Return what is wrong with a configuration file, ``None`` for nothing."""
    try:
        load_config(read_file(path))
    except ConfigError as error:
        return for_terminal(error)
    return None


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m equilingual.config my.yaml")
    sys.exit(main(sys.argv[1]))
