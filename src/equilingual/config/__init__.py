"""The configuration: a tree of frozen models, read and checked before any job starts.

The names here are imported when they are first used: a stage that imports one model of the tree does not pay for all.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from equilingual.config.loading import load_config
    from equilingual.config.models import Config
    from equilingual.config.problems import ConfigError
    from equilingual.config.reading import check_file

__all__ = ["Config", "ConfigError", "check_file", "load_config"]

_MODULES = {"Config": "models", "ConfigError": "problems", "check_file": "reading", "load_config": "loading"}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
