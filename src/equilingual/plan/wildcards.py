"""The two ways in which a parameter of a rule is looked up."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Protocol, cast


class Wildcards(Protocol):
    """The values of a job's wildcards, as attributes."""

    def __getattr__(self, name: str, /) -> str: ...


def named(**values: str) -> Wildcards:
    """Return the values of wildcards where no job has them."""
    return cast("Wildcards", SimpleNamespace(**values))  # its type does not say which attributes it has


def constant(value: object) -> Callable[[Wildcards], object]:
    """Return a function of the wildcards that gives a value: Snakemake formats no braces in what a function returns."""

    def look_up(wildcards: Wildcards) -> object:
        return value

    return look_up


def setting(table: Mapping[str, object], wildcard: str, name: str) -> Callable[[Wildcards], object]:
    """Return a function of the wildcards: attribute ``name`` of the entry of ``table`` that ``wildcard`` names."""

    def look_up(wildcards: Wildcards) -> object:
        return getattr(table[getattr(wildcards, wildcard)], name)

    return look_up
