"""Where hard negatives come from, encoders aside."""

from collections.abc import Mapping
from dataclasses import dataclass

COLUMN = "column"  # the corpora's own hard negatives; nothing is mined
BM25 = "bm25"


@dataclass(frozen=True)
class Miner:
    """A miner that is no encoder.

    Attributes:
        pool: the class of ``equilingual.retrieval.pools`` that indexes a language's passages and searches them.

    """

    pool: str


MINERS: Mapping[str, Miner] = {BM25: Miner("Bm25Pool")}
