"""Rank the batch's passages the same for a question and its translation (the divergence of arXiv:2604.05684)."""

import math
from typing import TYPE_CHECKING

from equilingual.config.training import Consistency
from equilingual.training.regularizers.vectors import Companions, Vectors

if TYPE_CHECKING:
    from torch import Tensor


def penalty(trained: Vectors, companions: Companions, settings: Consistency) -> "Tensor":
    """Return the mean Jensen-Shannon divergence over the questions that have a companion, 0 where none has one.

    It is at most log 2, and has a gradient for both questions and for the passages.

    Args:
        trained: the vectors of the batch; the distributions are over all of its passages, hard negatives included.
        companions: of the same encoder, in training.
        settings: their ``temperature`` divides the cosines of both questions.

    """
    import torch
    from torch.nn import functional

    if not len(companions.rows):
        return trained.queries.new_zeros(())
    passages: Tensor = functional.normalize(trained.passages, dim=-1)
    own, other = (
        (functional.normalize(queries, dim=-1) @ passages.T / settings.temperature).log_softmax(dim=1)
        for queries in (trained.queries[companions.rows], companions.queries)
    )
    middle: Tensor = torch.logaddexp(own, other) - math.log(2)
    divergences = [(one.exp() * (one - middle)).sum(dim=1) for one in (own, other)]
    mean: Tensor = (divergences[0] + divergences[1]).mean() / 2
    return mean
