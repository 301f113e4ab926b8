"""What a regulariser is given."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Vectors:
    """The vectors of a batch.

    Attributes:
        queries: float32 [pairs, dimensions].
        passages: float32 [passages, dimensions], the pairs' own first, then further positives and hard negatives.
        query_languages: int64 [pairs], numbers of languages.
        passage_languages: int64 [passages].

    """

    queries: "Tensor"
    passages: "Tensor"
    query_languages: "Tensor"
    passage_languages: "Tensor"

    def joined(self, others: "Vectors") -> "Vectors":
        """Return these vectors and others behind them."""
        import torch

        return Vectors(*(torch.cat((getattr(self, field.name), getattr(others, field.name))) for field in fields(self)))


@dataclass(frozen=True)
class Companions:
    """The vectors of questions in another language than the batch asks them in.

    Attributes:
        rows: int64 [questions], the pair of the batch that each belongs to: not all pairs have one.
        queries: float32 [questions, dimensions].

    """

    rows: "Tensor"
    queries: "Tensor"


@dataclass(frozen=True)
class Pivots:
    """The base encoder's vectors of the batch's pairs in one language, the same for all.

    Attributes:
        rows: int64 [pairs that exist in it], their places in the batch.
        queries: float32 [pairs that exist in it, dimensions].
        passages: the same, of their passages.

    """

    rows: "Tensor"
    queries: "Tensor"
    passages: "Tensor"
