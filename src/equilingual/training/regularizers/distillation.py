"""Keep the base encoder's ranking of passages in the query's own language.

What a multilingual encoder does well before any training is retrieval within a language; between languages it is
biased, and that is not to be kept. So only passages in the query's language count: the Kullback-Leibler divergence
between the two encoders' distributions over them (distillation of in-batch similarities, as in arXiv:2010.11386).
"""

from typing import TYPE_CHECKING

from equilingual.config.training import Distillation
from equilingual.training.regularizers.vectors import Vectors

if TYPE_CHECKING:
    from torch import Tensor


def penalty(trained: Vectors, start: Vectors, settings: Distillation) -> "Tensor":
    """Return the mean divergence over the queries with two passages or more in their language, 0 where there is none.

    Args:
        trained: the vectors of the encoder in training.
        start: those of the base encoder, without dropout.
        settings: their ``temperature`` divides the cosines of both.

    """
    import torch

    same = trained.query_languages[:, None] == trained.passage_languages[None, :]
    counted = same.sum(dim=1) > 1
    if not counted.any():
        return trained.queries.new_zeros(())
    logs = []
    for one in (start, trained):
        cosines = (
            torch.nn.functional.normalize(one.queries, dim=-1) @ torch.nn.functional.normalize(one.passages, dim=-1).T
        )
        logs.append((cosines / settings.temperature).masked_fill(~same, float("-inf")).log_softmax(dim=1)[counted])
    wanted, given = logs
    # Outside the query's language both are -inf, and their difference is not a number.
    differences = torch.where(same[counted], wanted - given, torch.zeros_like(wanted))
    return (wanted.exp() * differences).sum(dim=1).mean()
