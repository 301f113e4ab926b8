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
    scores = _cosines(queries, passages) / temperature
    own = torch.arange(count, device=scores.device)
    if groups is not None:
        same = groups[:count, None] == groups[None, :]
        same[own, own] = False
        scores = scores.masked_fill(same, float("-inf"))
    loss = functional.cross_entropy(scores, own)
    if not symmetric_loss:
        return loss
    return (loss + functional.cross_entropy(scores[:, :count].T, own)) / 2


def multi_positive_info_nce(
    queries: "Tensor",
    passages: "Tensor",
    temperature: "float | Tensor",
    owners: "Tensor",
    *,
    symmetric_loss: bool = False,
    groups: "Tensor | None" = None,
) -> "Tensor":
    """Return InfoNCE for queries that several passages answer (as in arXiv:2309.08929: one answer in many languages).

    The loss of a query is the mean over its positives of -log softmax(cosine / temperature) at the positive, among that
    positive and the query's negatives. The mean is outside the logarithm (SupCon, arXiv:2004.11362, equation 2), so
    that no positive makes up for another; and a query's positives are left out of each other's denominators. With one
    positive for each query, this is :func:`info_nce`.

    Args:
        queries: float [batch, dimensions], of any length.
        passages: float [passages, dimensions].
        temperature: divides the cosines.
        owners: int64 [passages], the query that each answers, -1 for none; each query has one or more.
        symmetric_loss: also tell the query of each positive from the other queries; of a query's positives the mean,
            averaged with the above.
        groups: int64 [passages], of the queries' own passages first; a passage of a query's own group is no negative.

    Returns:
        The mean over the batch, a scalar, float32.

    """
    import torch
    from torch.nn import functional

    count = len(queries)
    scores = _cosines(queries, passages) / temperature
    positives = (owners >= 0).nonzero().squeeze(1)
    rows = owners[positives]
    own = owners[None, :] == torch.arange(count, device=scores.device)[:, None]
    if groups is not None:
        scores = scores.masked_fill((groups[:count, None] == groups[None, :]) & ~own, float("-inf"))
    negatives = scores.masked_fill(own, float("-inf")).logsumexp(dim=1)
    # -log(e^s / (e^s + Σ e^n)) = log(1 + e^(log Σ e^n - s))
    losses = functional.softplus(negatives[rows] - scores[rows, positives])
    weights = 1 / own.sum(dim=1)[rows] / count
    loss = (losses * weights).sum()
    if not symmetric_loss:
        return loss
    by_passage = functional.cross_entropy(scores[:, positives].T, rows, reduction="none")
    return (loss + (by_passage * weights).sum()) / 2


def _cosines(queries: "Tensor", passages: "Tensor") -> "Tensor":
    from torch.nn import functional

    return functional.normalize(queries.float(), dim=-1) @ functional.normalize(passages.float(), dim=-1).T
