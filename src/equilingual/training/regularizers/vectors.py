"""What a regulariser is given."""

from dataclasses import dataclass
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
