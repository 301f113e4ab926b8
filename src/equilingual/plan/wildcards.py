"""What wildcards may be, and the two ways in which a parameter of a rule is looked up by them."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from types import SimpleNamespace
from typing import Protocol, cast

# Where a name is cut: models are named encoder__training-set__strategy__seed-1+debias.
_PART = re.compile(r"(?=__|[+-])")


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


def one_of(names: Iterable[object]) -> str:
    """Return a regular expression that matches each of the names and nothing else; ``none`` where there are none.

    What names have in common is written once, so that a grid of encoders, strategies and seeds needs the length of
    their sum and not of their product: Snakemake goes through the expression for every file of every job.
    """
    return _either_of({tuple(_PART.split(str(name))): None for name in names}) or "none"


def _either_of(names: Collection[tuple[str, ...]]) -> str:
    """Return the expression for names that are cut in parts, in their order; the empty name makes it optional."""
    rests: dict[str, list[tuple[str, ...]]] = {}
    for first, *rest in filter(None, names):
        rests.setdefault(first, []).append(tuple(rest))
    alike: dict[str, list[str]] = {}
    for first, after in rests.items():
        alike.setdefault(_either_of(after), []).append(re.escape(first))
    pattern = _choice([_choice(firsts) + after for after, firsts in alike.items()])
    return f"(?:{pattern})?" if rests and () in names else pattern


def _choice(patterns: list[str]) -> str:
    return patterns[0] if len(patterns) == 1 else f"(?:{'|'.join(patterns)})" if patterns else ""
