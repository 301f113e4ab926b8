"""The strategies. One is a module here with a function ``plan``, and a row in ``equilingual.catalogues.strategies``.

A strategy takes the training set, the draws and what the configuration asks of it, and returns a plan.
"""

from collections.abc import Callable
from importlib import import_module

from equilingual.batching.pairs import ParallelPairs
from equilingual.batching.plans import Draws, Plan
from equilingual.batching.strategies.asked import Asked
from equilingual.catalogues.strategies import STRATEGIES

Planner = Callable[[ParallelPairs, Draws, Asked], Plan]


def open_strategy(name: str) -> Planner:
    """Return the function that plans the batches of a strategy, one of :data:`STRATEGIES`."""
    plan: Planner = import_module(f"equilingual.batching.strategies.{STRATEGIES[name].module}").plan
    return plan
