"""The terms that are added to InfoNCE, and the vectors that they need beside those of a batch."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from equilingual.config.training import Needs, Regularizer, TrainingSettings
from equilingual.encoders.declared import Side
from equilingual.training.micro_batches import Embedded, Embedder
from equilingual.training.processes import Processes
from equilingual.training.regularizers import Companions, Pivots, Vectors, open_regularizer

if TYPE_CHECKING:
    import pyarrow as pa
    from torch import Tensor

# The needs that the base encoder serves.
_OF_START = {"start", "pivots"}


class Texts(NamedTuple):
    """Texts that an encoder is given: their prompt and longest length, and whether texts that are cut are counted."""

    prompt: Side
    length: int
    texts: list[str]
    counted: bool = True


def embed_parts(embedder: Embedder, processes: Processes, sides: Sequence[Texts]) -> list[tuple[int, Embedded]]:
    """Return, of each side, how many texts there are and this process's part of them."""
    return [
        (
            len(side.texts),
            embedder.embed(
                side.texts[processes.part(len(side.texts))], side.prompt, side.length, counted=side.counted, hold=True
            ),
        )
        for side in sides
    ]


def gather_parts(processes: Processes, parts: Sequence[tuple[int, Embedded]]) -> "list[Tensor]":
    """Return the vectors of each side, of all processes."""
    return [processes.gather(embedded.vectors, size) for size, embedded in parts]


def needs_start(settings: TrainingSettings) -> bool:
    """Return whether a term takes vectors of the base encoder."""
    return any(one.needs in _OF_START for one in settings.regularizers.on.values())


class Terms:
    """The terms of one training.

    Args:
        settings: of the training.
        processes: those that train together.
        start: the base encoder, where a term needs it.

    """

    def __init__(self, settings: TrainingSettings, processes: Processes, start: Embedder | None) -> None:
        self._settings, self._processes, self._start = settings, processes, start
        self._on: dict[str, Regularizer] = settings.regularizers.on
        self._needs = {one.needs for one in self._on.values()}

    def sides(self, batch: "pa.Table") -> list[Texts]:
        """Return the texts beside a batch's that the encoder in training embeds, for :meth:`values`."""
        return [self._texts(batch, "companion_query")] if "companions" in self._needs else []

    def values(
        self,
        trained: Vectors,
        beside: "Sequence[Tensor]",
        batch: "pa.Table",
        start_vectors: Callable[[Embedder], Vectors],
    ) -> "dict[str, Tensor]":
        """Return each term's value, without its weight.

        Args:
            trained: the vectors of the batch.
            beside: those of :meth:`sides`.
            batch: what they are of.
            start_vectors: returns the base encoder's vectors of the batch.

        """
        given: dict[Needs | None, Any] = {}
        for need in self._needs:
            if need == "start":
                assert self._start is not None  # who configures such a term loads the encoder
                given[need] = start_vectors(self._start)
            elif need == "companions":
                given[need] = Companions(_rows_with(batch, "companion_query", trained.queries), beside[0])
            elif need == "pivots":
                given[need] = self._pivots(batch, trained)
        values = {}
        for name, settings in self._on.items():
            more = () if settings.needs is None else (given[settings.needs],)
            values[name] = open_regularizer(name).penalty(trained, *more, settings)
        return values

    def _pivots(self, batch: "pa.Table", trained: Vectors) -> Pivots:
        """Return the base encoder's vectors of the texts in the pivot's language, without dropout."""
        import torch

        assert self._start is not None
        start = self._start
        sides = [self._texts(batch, column) for column in ("pivot_query", "pivot_passage")]
        with torch.no_grad():
            parts = self._processes.attempt(lambda: embed_parts(start, self._processes, sides))
        queries, passages = gather_parts(self._processes, parts)
        return Pivots(_rows_with(batch, "pivot_query", trained.queries), queries, passages)

    def _texts(self, batch: "pa.Table", column: str) -> Texts:
        """Return the texts of a column without its nulls; none is counted as a text of the batches."""
        texts = [text for text in batch[column].to_pylist() if text is not None]
        if column.endswith("_passage"):
            return Texts("document", self._settings.passage_length, texts, counted=False)
        return Texts("query", self._settings.query_length, texts, counted=False)


def _rows_with(batch: "pa.Table", column: str, like: "Tensor") -> "Tensor":
    """Return int64, the rows of a batch that have a text in a column, on the device of another tensor."""
    import torch

    rows = [row for row, text in enumerate(batch[column].to_pylist()) if text is not None]
    return torch.tensor(rows, dtype=torch.int64, device=like.device)
