"""The passages that the queries of a batch are compared with: their texts, languages, groups and owners, in one order.

The pairs' own come first, then their passages in other languages (further positives), then their hard negatives; of
both, one row's after the other's.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    from torch import Tensor


def passages_of(batch: "pa.Table") -> list[str]:
    """Return the passages of a batch's pairs, its further positives and its hard negatives."""
    return [*batch["passage"].to_pylist(), *_flat(batch, "positives"), *_flat(batch, "negatives")]


def is_bitext(batch: "pa.Table") -> bool:
    """Return whether a batch has parallel sentences, and not QA pairs."""
    return bool(batch["mode"][0].as_py() == "bitext")


def passage_languages_of(batch: "pa.Table") -> list[str]:
    """Return the language of each of :func:`passages_of`; a hard negative has its row's, unless the batch says it."""
    own: list[str] = batch["passage_language"].to_pylist()
    tags = [*own, *_flat(batch, "positive_languages")]
    if "negative_languages" in batch.schema.names:
        return [*tags, *_flat(batch, "negative_languages")]
    return tags + [tag for tag, negatives in zip(own, _lists(batch, "negatives"), strict=True) for _ in negatives]


def groups_of(batch: "pa.Table") -> "Tensor":
    """Return int64 [passages], equal for pairs of one ``passage_id``; a hard negative is by itself."""
    import torch

    numbers: dict[str, int] = {}
    own = [numbers.setdefault(name, len(numbers)) for name in batch["passage_id"].to_pylist()]
    further = [own[row] for row in _rows_of(batch, "positives")]
    return torch.tensor(own + further + [-1 - number for number in range(len(_flat(batch, "negatives")))])


def owners_of(batch: "pa.Table") -> "Tensor | None":
    """Return int64 [passages], the row whose query each answers, -1 for hard negatives.

    ``None`` where each query has the passage of its row alone.
    """
    import torch

    if "positives" not in batch.schema.names:
        return None
    owners = [*range(len(batch)), *_rows_of(batch, "positives")]
    return torch.tensor(owners + [-1] * len(_flat(batch, "negatives")))


def _lists(batch: "pa.Table", name: str) -> list[list[str]]:
    return batch[name].to_pylist() if name in batch.schema.names else [[]] * len(batch)


def _flat(batch: "pa.Table", name: str) -> list[str]:
    return [value for own in _lists(batch, name) for value in own]


def _rows_of(batch: "pa.Table", name: str) -> list[int]:
    return [row for row, own in enumerate(_lists(batch, name)) for _ in own]
