"""The regularisers.

One is a module here that has its key's name in ``training.regularizers`` of the configuration, with a function
``penalty``. It takes the vectors of a batch and the key's settings, and returns a term of the loss, a scalar, which the
trainer multiplies by ``weight``. Between the two it takes what its settings need: the class's ``needs``.
"""

from importlib import import_module
from types import ModuleType

from equilingual.training.regularizers.vectors import Companions, Pivots, Vectors

__all__ = ["Companions", "Pivots", "Vectors", "open_regularizer"]


def open_regularizer(name: str) -> ModuleType:
    """Return the module of a regulariser, by its key in the configuration."""
    return import_module(f"equilingual.training.regularizers.{name}")
