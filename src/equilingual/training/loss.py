"""The contrastive loss."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def info_nce(
    queries: "Tensor",
    passages: "Tensor",
    temperature: "float | Tensor",
    *,
    symmetric_loss: bool = False,
    groups: "Tensor | None" = None,
) -> "Tensor":
    """Return InfoNCE over in-batch negatives, arXiv:2408.10536, equation 1.

    Row i of both is a pair; all other passages are its negatives. The similarity is the cosine.

    Args:
        queries: float [batch, dimensions], of any length.
        passages: float [batch + hard negatives, dimensions], the pairs' own first; a hard negative of one pair is a
            negative of every pair.
        temperature: divides the cosines.
        symmetric_loss: also tell each pair's query from the other queries by its passage; the two are averaged.
        groups: int64 [batch + hard negatives]; a passage of a pair's own group is no negative of it.

    Returns:
        The mean over the batch of -log softmax(cosine / temperature) at the pair's own passage, a scalar, float32.

    """
    import torch
    from torch.nn import functional

    count = len(queries)
    cosines = functional.normalize(queries.float(), dim=-1) @ functional.normalize(passages.float(), dim=-1).T
    scores = cosines / temperature
    own = torch.arange(count, device=scores.device)
    if groups is not None:
        same = groups[:count, None] == groups[None, :]
        same[own, own] = False
        scores = scores.masked_fill(same, float("-inf"))
    loss = functional.cross_entropy(scores, own)
    if not symmetric_loss:
        return loss
    return (loss + functional.cross_entropy(scores[:, :count].T, own)) / 2
