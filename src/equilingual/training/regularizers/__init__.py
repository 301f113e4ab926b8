"""The regularisers.

One is a module here that has its key's name in ``training.regularizers`` of the configuration, with a function
``penalty``. It takes the vectors of a batch and the key's settings, and returns a term of the loss, a scalar, which the
trainer multiplies by ``weight``. With ``NEEDS_START = True`` it takes the vectors of the base encoder between the two.
"""

from importlib import import_module
from types import ModuleType

from equilingual.training.regularizers.vectors import Vectors

__all__ = ["Vectors", "needs_start", "open_regularizer"]


def open_regularizer(name: str) -> ModuleType:
    """Return the module of a regulariser, by its key in the configuration."""
    return import_module(f"equilingual.training.regularizers.{name}")


def needs_start(name: str) -> bool:
    """Return whether a regulariser takes the vectors of the base encoder."""
    return bool(getattr(open_regularizer(name), "NEEDS_START", False))
