"""Keep texts near the base encoder's vectors of their translations into one language (arXiv:2004.09813)."""

from typing import TYPE_CHECKING

from equilingual.config.training import Pivot
from equilingual.training.regularizers.vectors import Pivots, Vectors

if TYPE_CHECKING:
    from torch import Tensor


def penalty(trained: Vectors, pivots: Pivots, settings: Pivot) -> "Tensor":
    """Return the mean squared distance to the pivots, of queries and of passages; 0 where no pair has one.

    Vectors are scaled to length 1 first: the squared distance is 2 - 2 cosines. A text that is in the pivot's language
    already is kept near its own vector.
    """
    if not len(pivots.rows):
        return trained.queries.new_zeros(())
    queries = _distance(trained.queries[pivots.rows], pivots.queries)
    return (queries + _distance(trained.passages[pivots.rows], pivots.passages)) / 2


def _distance(vectors: "Tensor", pivots: "Tensor") -> "Tensor":
    from torch.nn import functional

    differences: Tensor = functional.normalize(vectors, dim=-1) - functional.normalize(pivots, dim=-1)
    return differences.square().sum(dim=1).mean()
