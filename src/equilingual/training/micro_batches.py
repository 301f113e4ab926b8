"""Texts through the encoder in micro-batches, and gradients back through it.

A batch's loss needs all of its vectors at once, but their activations need not be held together: gradient caching
(Gao et al. 2021, arXiv:2101.06983) computes the vectors without activations, the loss and its gradient with respect to
the vectors, and then each micro-batch once more with activations and its part of that gradient. Dropout's draws are
those of the first time, so that the gradient is the same as of one pass.

The activations of ``micro_batch_size`` texts of full length have to fit anyway. So the longest micro-batches keep
theirs until the gradient comes, as many as have no more tokens than those, and are not computed twice.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from equilingual.encoders.declared import Side, preprocess, prompt_of, reader_of, vectors_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

# Texts that are padded together, in length order, where all activations are held: padding costs a third of the time
# otherwise.
PADDED_TOGETHER = 16


@dataclass
class _Chunk:
    """Some texts of a batch: their places in it, what the encoder reads, and what it gave.

    ``output`` has its activations, or is ``None`` where it is to be computed again with the draws of ``rng``.
    """

    places: "Tensor"
    features: dict[str, Any]
    side: Side
    output: "Tensor | None" = None
    rng: "list[Tensor]" = field(default_factory=list)


@dataclass
class Embedded:
    """Vectors of some texts, float32 [texts, dimensions], cut off from the encoder, and what leads back to it."""

    vectors: "Tensor"
    chunks: list[_Chunk]


class Embedder:
    """Puts texts through an encoder.

    Args:
        model: the encoder.
        micro_batch_size: texts whose activations are held at once; ``None`` holds those of all, in one pass.
        precision: ``bfloat16`` for the matrix products, else ``float32``.

    Attributes:
        micro_batch_size: as given; it may be lowered between two batches.
        cut: texts that were longer than their length in tokens, by prompt.

    """

    def __init__(self, model: "SentenceTransformer", *, micro_batch_size: int | None, precision: str) -> None:
        self.model, self.micro_batch_size = model, micro_batch_size
        self.cut = {"query": 0, "document": 0}
        self._bfloat16 = precision == "bfloat16"

    def embed(
        self, texts: Sequence[str], prompt: Side, length: int, *, counted: bool = True, hold: bool = False
    ) -> Embedded:
        """Return the vectors of texts, in their order; ``prompt`` is ``"query"`` or ``"document"``.

        Texts that are cut are ``counted`` as such, or not. ``hold`` keeps the activations of micro-batches, the longest
        first, until :meth:`backward`: of ``micro_batch_size`` × ``length`` tokens at most, padding included.
        """
        import torch

        cut = self.cut[prompt]
        chunks = self._chunks(texts, prompt, length)
        if not counted:
            self.cut[prompt] = cut
        room = (self.micro_batch_size or 0) * length if hold else 0
        held = self._held(chunks, room)
        parts = []
        for number, chunk in enumerate(chunks):
            if number in held:
                chunk.output = self._forward(chunk)
                parts.append(chunk.output.detach())
                continue
            chunk.rng = rng_state(self.model.device)
            with torch.no_grad():
                parts.append(self._forward(chunk))
        if not chunks:
            shape = 0, self.model.get_embedding_dimension() or 0
            return Embedded(torch.zeros(shape, dtype=torch.float32, device=self.model.device), [])
        places = torch.cat([chunk.places for chunk in chunks])
        vectors = torch.empty_like(torch.cat(parts), dtype=torch.float32)
        vectors[places.to(vectors.device)] = torch.cat(parts).float()
        return Embedded(vectors, chunks)

    def backward(self, embedded: Embedded, gradient: "Tensor") -> None:
        """Add to the encoder's gradients what follows from ``gradient``, of the loss with respect to the vectors."""
        after = rng_state(self.model.device)
        for chunk in sorted(embedded.chunks, key=lambda chunk: chunk.output is None):
            output, chunk.output = chunk.output, None
            if output is None:
                set_rng_state(self.model.device, chunk.rng)
                output = self._forward(chunk)
            output.backward(gradient[chunk.places.to(gradient.device)].to(output.dtype))
        set_rng_state(self.model.device, after)

    def _held(self, chunks: Sequence[_Chunk], room: int) -> set[int]:
        """Return which chunks keep their activations: all in one pass, else the longest that have ``room`` tokens."""
        if self.micro_batch_size is None:
            return set(range(len(chunks)))
        held = set()
        for number in reversed(range(len(chunks))):
            tokens = chunks[number].features["input_ids"].numel()
            if tokens <= room:
                held.add(number)
                room -= tokens
        return held

    def _forward(self, chunk: _Chunk) -> "Tensor":
        import torch

        with torch.autocast(self.model.device.type, torch.bfloat16) if self._bfloat16 else nullcontext():
            return vectors_of(self.model, chunk.features, chunk.side)

    def _chunks(self, texts: Sequence[str], prompt: Side, length: int) -> list[_Chunk]:
        import torch

        if not texts:
            return []
        reader, before = reader_of(self.model, prompt), prompt_of(self.model, prompt)
        reader.max_seq_length = length
        whole = reader.tokenizer([before + text for text in texts], verbose=False)  # no warning of texts that are cut
        sizes = [len(ids) for ids in whole["input_ids"]]
        self.cut[prompt] += sum(size > length for size in sizes)
        order = sorted(range(len(texts)), key=sizes.__getitem__)
        size = self.micro_batch_size or PADDED_TOGETHER
        chunks = []
        for start in range(0, len(order), size):
            places = order[start : start + size]
            features = preprocess(self.model, [texts[place] for place in places], prompt)
            on_device = {k: v.to(self.model.device) if hasattr(v, "to") else v for k, v in features.items()}
            chunks.append(_Chunk(torch.tensor(places), on_device, prompt))
        return chunks


def rng_state(device: Any) -> "list[Tensor]":  # noqa: ANN401 (torch's type is not imported here)
    """Return the state of the generators that dropout on a device draws from."""
    import torch

    state = [torch.get_rng_state()]
    return [*state, torch.cuda.get_rng_state(device)] if device.type == "cuda" else state


def set_rng_state(device: Any, state: "list[Tensor]") -> None:  # noqa: ANN401
    """Let dropout draw again from where :func:`rng_state` was."""
    import torch

    torch.set_rng_state(state[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(state[1], device)
