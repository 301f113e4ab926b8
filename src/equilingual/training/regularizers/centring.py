"""Penalise distances between the languages' mean embeddings, which centring removes afterwards (arXiv:2004.05160)."""

from typing import TYPE_CHECKING

from equilingual.config.training import Centring
from equilingual.training.regularizers.vectors import Vectors

if TYPE_CHECKING:
    from torch import Tensor


def penalty(trained: Vectors, unlabelled: Vectors | None, settings: Centring) -> "Tensor":
    """Return the mean squared distance of the languages' mean vectors from their own mean, of queries and passages.

    The vectors of unlabelled texts count as those of the batch do. Vectors are scaled to length 1 first. One language
    gives 0.
    """
    import torch

    vectors_of_all = trained if unlabelled is None else trained.joined(unlabelled)
    terms = [
        _spread(torch.nn.functional.normalize(vectors, dim=-1), languages)
        for vectors, languages in (
            (vectors_of_all.queries, vectors_of_all.query_languages),
            (vectors_of_all.passages, vectors_of_all.passage_languages),
        )
    ]
    return (terms[0] + terms[1]) / 2


def _spread(vectors: "Tensor", languages: "Tensor") -> "Tensor":
    import torch

    found = languages.unique()
    means = torch.stack([vectors[languages == language].mean(dim=0) for language in found])
    return (means - means.mean(dim=0)).square().sum(dim=1).mean()
