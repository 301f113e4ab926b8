"""The contrastive loss."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def info_nce(queries: "Tensor", passages: "Tensor", temperature: float) -> "Tensor":
    """Return InfoNCE over in-batch negatives, arXiv:2408.10536, equation 1.

    Row i of both is a pair; all other passages are its negatives. The similarity is the cosine.

    Args:
        queries: float [batch, dimensions], of any length.
        passages: float [batch + hard negatives, dimensions], the pairs' own first; a hard negative of one pair is a
            negative of every pair.
        temperature: divides the cosines.

    Returns:
        The mean over the batch of -log softmax(cosine / temperature) at the pair's own passage, a scalar, float32.

    """
    import torch
    from torch.nn import functional

    cosines = functional.normalize(queries.float(), dim=-1) @ functional.normalize(passages.float(), dim=-1).T
    own = torch.arange(len(queries), device=cosines.device)
    return functional.cross_entropy(cosines / temperature, own)
