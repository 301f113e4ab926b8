"""Texts as tokens: read once, sorted by how many there are, padded one batch at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from equilingual.encoders.declared import Side, is_static, preprocess, prompt_of, reader_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

_TEXTS_AT_ONCE = 1024  # tokenized together; they are padded to the longest of them until their tokens are packed


@dataclass(frozen=True)
class Tokens:
    """What an encoder reads of some texts, without padding.

    Attributes:
        values: by feature (``input_ids``, …) int32 [tokens of all texts], one text after the other.
        sizes: int64 [texts], the tokens that are read of each.
        whole: int64 [texts], the tokens that each has, before any cut.
        shared: features of all texts alike, such as the prompt's length.
        padding: what stands in a feature where there is no token; 0 where it is not named.
        from_left: whether padding stands before a text.
        in_a_row: whether texts are read one after the other, without padding, by where each begins (``offsets``).

    """

    values: dict[str, np.ndarray]
    sizes: np.ndarray
    whole: np.ndarray
    shared: dict[str, Any]
    padding: dict[str, int]
    from_left: bool
    in_a_row: bool = False

    def batches(self, batch_tokens: int) -> Iterator[tuple[np.ndarray, "dict[str, Tensor | Any]"]]:
        """Yield the rows of some texts and their features, the longest texts first, equal ones in their order.

        A batch has as many texts as fit into ``batch_tokens``, padded to its longest one, and at least one.
        """
        order = np.argsort(-self.sizes, kind="stable")
        starts = np.cumsum(self.sizes) - self.sizes
        first = 0
        while first < len(order):
            rows = order[first : first + max(1, batch_tokens // max(1, int(self.sizes[order[first]])))]
            yield rows, self._in_a_row(rows, starts) if self.in_a_row else self._padded(rows, starts)
            first += len(rows)

    def _padded(self, rows: np.ndarray, starts: np.ndarray) -> "dict[str, Tensor | Any]":
        import torch

        sizes = self.sizes[rows]
        there = np.arange(sizes.max()) < sizes[:, None]
        if self.from_left:
            there = np.ascontiguousarray(there[:, ::-1])
        features = dict(self.shared) | {"attention_mask": torch.from_numpy(there.astype(np.int64))}
        for name, values in self.values.items():
            padded = np.full(there.shape, self.padding.get(name, 0), dtype=np.int64)
            padded[there] = np.concatenate([values[starts[row] : starts[row] + self.sizes[row]] for row in rows])
            features[name] = torch.from_numpy(padded)
        return features

    def _in_a_row(self, rows: np.ndarray, starts: np.ndarray) -> "dict[str, Tensor | Any]":
        import torch

        offsets = np.cumsum(self.sizes[rows]) - self.sizes[rows]
        ids = np.concatenate(
            [self.values["input_ids"][starts[row] : starts[row] + self.sizes[row]] for row in rows]
        ).astype(np.int64)
        return dict(self.shared) | {"input_ids": torch.from_numpy(ids), "offsets": torch.from_numpy(offsets)}


def tokenize(encoder: "SentenceTransformer", texts: Sequence[str], *, prompt: Side, length: int) -> Tokens:
    """Return the tokens of texts, in their order, as the encoder's own library reads them.

    Args:
        encoder: the maximum length of what reads this side's texts is set to ``length``.
        texts: at least one; those of a length side by side are read the fastest.
        prompt: ``"query"`` or ``"document"``; the encoder's own text for it stands before each text.
        length: tokens that are read of a text at most, the prompt's included. A ``StaticEmbedding`` cuts no text.

    """
    reader = reader_of(encoder, prompt)
    if is_static(reader):
        return _tokenize_in_a_row(encoder, texts, prompt)
    reader.max_seq_length = length
    values: dict[str, list[np.ndarray]] = {}
    shared: dict[str, Any] = {}
    sizes = []
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        features = preprocess(encoder, texts[start : start + _TEXTS_AT_ONCE], prompt)
        there = features["attention_mask"].bool()
        sizes.append(there.sum(dim=1).numpy())
        for name, value in features.items():
            if getattr(value, "shape", None) != there.shape:
                shared[name] = value
            elif name != "attention_mask":
                values.setdefault(name, []).append(value[there].numpy().astype(np.int32))
    read = np.concatenate(sizes)
    tokenizer, before = reader.tokenizer, prompt_of(encoder, prompt)
    return Tokens(
        values={name: np.concatenate(parts) for name, parts in values.items()},
        sizes=read,
        whole=_whole_sizes(tokenizer, [before + text for text in texts], read, length),
        shared=shared,
        padding={"input_ids": tokenizer.pad_token_id or 0, "token_type_ids": tokenizer.pad_token_type_id},
        from_left=tokenizer.padding_side == "left",
    )


def _tokenize_in_a_row(encoder: "SentenceTransformer", texts: Sequence[str], side: Side) -> Tokens:
    ids, sizes, shared = [], [], dict[str, Any]()
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        features = preprocess(encoder, texts[start : start + _TEXTS_AT_ONCE], side)
        own, offsets = features.pop("input_ids").numpy(), features.pop("offsets").numpy()
        ids.append(own.astype(np.int32))
        sizes.append(np.diff(np.append(offsets, len(own))))
        shared = features
    read = np.concatenate(sizes)
    return Tokens({"input_ids": np.concatenate(ids)}, read, read, shared, {}, from_left=False, in_a_row=True)


def _whole_sizes(tokenizer: Any, texts: Sequence[str], sizes: np.ndarray, length: int) -> np.ndarray:  # noqa: ANN401
    """Return int64 [texts], the tokens of whole texts: only those that fill their length may have more."""
    whole = sizes.copy()
    full = np.flatnonzero(sizes >= length)
    for start in range(0, len(full), _TEXTS_AT_ONCE):
        rows = full[start : start + _TEXTS_AT_ONCE]
        # Only counted: transformers would warn that so many tokens cannot be read.
        whole[rows] = [len(ids) for ids in tokenizer([texts[row] for row in rows], verbose=False)["input_ids"]]
    return whole
