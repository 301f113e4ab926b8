"""What is ranked, and what ranking gives."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Ranked:
    """The ranks of a collection's queries.

    Attributes:
        within: int64 [queries, R], each relevant candidate's rank among those of its language; 0 for padding.
        across: int64 [queries, R], its rank among all candidates of the collection; 0 for padding.
        best: int64 [queries, languages + 1], the row of the first candidate of each language, then of all.
        top: for each pool asked for, int64 [queries, depth], rows of the candidates, best first, -1 for padding.
        top_scores: the same as float32 [queries, depth].

    """

    within: np.ndarray
    across: np.ndarray
    best: np.ndarray
    top: dict[str, np.ndarray]
    top_scores: dict[str, np.ndarray]

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all arrays by the names of their attributes, those of a pool as ``top/{pool}``."""
        found: dict[str, np.ndarray] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            found |= {f"{field.name}/{pool}": own for pool, own in value.items()} if isinstance(value, dict) else {}
            found |= {} if isinstance(value, dict) else {field.name: value}
        return found

    @classmethod
    def of_arrays(cls, arrays: dict[str, np.ndarray]) -> "Ranked":
        """Return what has these :meth:`arrays`."""
        tops: dict[str, dict[str, np.ndarray]] = {"top": {}, "top_scores": {}}
        for name, array in arrays.items():
            kind, _, pool = name.partition("/")
            if pool:
                tops[kind][pool] = array
        return cls(arrays["within"], arrays["across"], arrays["best"], **tops)

    @classmethod
    def joined(cls, parts: "Sequence[Ranked]") -> "Ranked":
        """Return the ranks of the queries of several parts, in their order."""
        found = [part.arrays() for part in parts]
        return cls.of_arrays({name: np.concatenate([arrays[name] for arrays in found]) for name in found[0]})


@dataclass(frozen=True)
class Queries:
    """Queries of a collection, and what their candidates are to them.

    Attributes:
        rows: int64 [n], rows of the queries.
        relevant: int64 [n, R], rows of the relevant candidates, -1 for padding.
        own: int64 [n, O], rows of the candidates that are left out for this query, -1 for padding.

    """

    rows: np.ndarray
    relevant: np.ndarray
    own: np.ndarray

    def part(self, which: slice) -> "Queries":
        """Return some of them."""
        return Queries(self.rows[which], self.relevant[which], self.own[which])
