"""A workflow's jobs do not find the packages that only the tests need, as in the environments of rules.

scikit-learn, sentence-transformers and PyArrow import these where they find them, which takes a good part of a job's
time. Python runs this file when it starts, as the folder is in ``PYTHONPATH``.
"""

import sys
from importlib.machinery import PathFinder
from pathlib import Path

OF_NO_STAGE = {"datasets", "pandas"}


def _is_hidden(name):
    return name in OF_NO_STAGE and Path(sys.argv[0]).parent.match(".snakemake/scripts")


class Finder(PathFinder):
    """Python's own, but for these packages in the script of a job."""

    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        return None if _is_hidden(fullname) else super().find_spec(fullname, path, target)

    @classmethod
    def find_distributions(cls, context):
        return iter(()) if _is_hidden(context.name) else super().find_distributions(context)


sys.meta_path[sys.meta_path.index(PathFinder)] = Finder
