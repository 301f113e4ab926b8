"""How a training is watched: the loss on held-out pairs, and retrieval among them in all languages at once."""

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING

from equilingual.config.encoding import Lengths
from equilingual.parquet import read_table
from equilingual.training.loss import info_nce

if TYPE_CHECKING:
    from torch import Tensor

    from equilingual.training.micro_batches import Embedder


class Validation:
    """The held-out pairs of ``sample_validation``, the same ones in every language.

    Args:
        pairs: the Parquet file.
        batch_size: pairs that a loss is taken over, as in training.

    """

    def __init__(self, pairs: str | PathLike[str], *, batch_size: int) -> None:
        table = read_table(pairs, ["language", "question", "passage"])
        self.languages = list(dict.fromkeys(table["language"].to_pylist()))
        self._size = len(table) // len(self.languages)
        self._questions, self._passages = table["question"].to_pylist(), table["passage"].to_pylist()
        self._batch_size = min(batch_size, self._size)

    def measure(self, embedder: "Embedder", lengths: Lengths, *, temperature: float) -> dict[str, float]:
        """Return ``validation_loss`` and ``validation_map`` of an encoder, without dropout.

        The loss is InfoNCE (arXiv:2408.10536, equation 1) within each language, over batches of as many pairs as in
        training, averaged over languages. The other is the mean average precision of every question, in every
        language, among the passages of all languages, where all versions of its passage are relevant; with one
        language that is the mean reciprocal rank. Neither draws a random number.
        """
        import torch

        was_training = embedder.model.training
        embedder.model.eval()
        with torch.no_grad():
            queries = embedder.embed(self._questions, "query", lengths.query_length, counted=False).vectors
            passages = embedder.embed(self._passages, "document", lengths.passage_length, counted=False).vectors
        embedder.model.train(was_training)
        losses = []
        for language in range(len(self.languages)):
            start = language * self._size
            for first in range(start, start + self._size - self._batch_size + 1, self._batch_size):
                part = slice(first, first + self._batch_size)
                losses.append(info_nce(queries[part], passages[part], temperature).item())
        precision = _mean_average_precision(queries, passages, self._size)
        return {"validation_loss": sum(losses) / len(losses), "validation_map": precision}


def _mean_average_precision(queries: "Tensor", passages: "Tensor", size: int) -> float:
    """Return the mean average precision; row n of both is of pair ``n % size``. Ties go by the rows' order."""
    import torch
    from torch.nn import functional

    queries, passages = functional.normalize(queries, dim=-1), functional.normalize(passages, dim=-1)
    pairs = torch.arange(len(passages), device=passages.device) % size
    total = 0.0
    for first in range(0, len(queries), 1024):
        scores = queries[first : first + 1024] @ passages.T
        order = scores.sort(dim=1, descending=True, stable=True).indices
        relevant = (pairs[order] == pairs[first : first + 1024, None]).double()
        ranks = torch.arange(1, len(passages) + 1, device=scores.device)
        precisions = relevant.cumsum(dim=1) / ranks
        total += float(((precisions * relevant).sum(dim=1) / relevant.sum(dim=1)).sum())
    return total / len(queries)


def best_row(history: Sequence[dict[str, float]]) -> dict[str, float] | None:
    """Return the first row after a step with the lowest validation loss; ``None`` where there is none.

    What the encoder was worth before any step is in the history to compare with, and no result of a training.
    """
    rows = [row for row in history if "validation_loss" in row and row["step"] > 0]
    return min(rows, key=lambda row: row["validation_loss"]) if rows else None
