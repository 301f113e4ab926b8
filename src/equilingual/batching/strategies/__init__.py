"""The strategies by name; one is a file with a function, and a line here.

A strategy takes the training set, the draws and what the configuration asks of it, and returns a plan.
"""

from collections.abc import Callable, Mapping

from equilingual.batching.pairs import ParallelPairs
from equilingual.batching.plans import Draws, Plan
from equilingual.batching.strategies import english, hybrid, mixed_mono, round_robin
from equilingual.batching.strategies.asked import Asked

STRATEGIES: Mapping[str, Callable[[ParallelPairs, Draws, Asked], Plan]] = {
    "mono": hybrid.plan,
    "cross": hybrid.plan,
    "hybrid": hybrid.plan,
    "mixed-mono": mixed_mono.plan,
    "english": english.plan,
    "round-robin": round_robin.plan,
}
