"""The terms that are added to InfoNCE, and the vectors that they need beside those of a batch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from equilingual.config.training import Needs, Regularizer, TrainingSettings
from equilingual.encoders.declared import Side
from equilingual.training.micro_batches import Embedded, Embedder
from equilingual.training.processes import Processes
from equilingual.training.regularizers import Companions, Pivots, Vectors, open_regularizer
from equilingual.training.unlabelled import Drawn, Unlabelled

if TYPE_CHECKING:
    import pyarrow as pa
    from sentence_transformers import SentenceTransformer
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


@dataclass(frozen=True)
class Resources:
    """What terms need besides the batches.

    Attributes:
        start: the base encoder, where a term takes vectors of it.
        unlabelled: texts without questions, where the centring term takes some.

    """

    start: "SentenceTransformer | None" = None
    unlabelled: Unlabelled | None = None


class Terms:
    """The terms of one training.

    Args:
        settings: of the training.
        processes: those that train together.
        resources: what the terms need besides the batches.
        languages: BCP-47 tags, of the batches.

    Attributes:
        languages: the numbers of these, and of those that unlabelled texts add.

    """

    def __init__(
        self, settings: TrainingSettings, processes: Processes, resources: Resources, languages: Sequence[str]
    ) -> None:
        self._settings, self._processes, self._unlabelled = settings, processes, resources.unlabelled
        start, precision = resources.start, settings.precision
        self._start = None if start is None else Embedder(start.eval(), micro_batch_size=None, precision=precision)
        self._on: dict[str, Regularizer] = settings.regularizers.on
        self._needs = {one.needs for one in self._on.values()}
        more = resources.unlabelled.languages if resources.unlabelled else []
        self.languages = {tag: number for number, tag in enumerate(dict.fromkeys([*languages, *more]))}

    def sides(self, batch: "pa.Table") -> dict[str, Texts]:
        """Return the texts beside a batch's that the encoder in training embeds, for :meth:`values`."""
        found = {}
        if "companions" in self._needs:
            found["companions"] = self._texts(batch, "companion_query")
        if self._unlabelled is not None:
            drawn, length = self._drawn(batch), self._settings.passage_length
            found["unlabelled queries"] = Texts("query", length, drawn.queries, counted=False)
            found["unlabelled passages"] = Texts("document", length, drawn.passages, counted=False)
        return found

    def _drawn(self, batch: "pa.Table") -> Drawn:
        assert self._unlabelled is not None
        return self._unlabelled.draw(batch["batch_id"][0].as_py())

    def values(
        self,
        trained: Vectors,
        beside: "Mapping[str, Tensor]",
        batch: "pa.Table",
        start_vectors: Callable[[Embedder], Vectors],
    ) -> "dict[str, Tensor]":
        """Return each term's value, without its weight.

        Args:
            trained: the vectors of the batch.
            beside: those of :meth:`sides`, by the same names.
            batch: what they are of.
            start_vectors: returns the base encoder's vectors of the batch.

        """
        given: dict[Needs | None, Any] = {}
        for need in self._needs:
            if need == "start":
                assert self._start is not None  # who configures such a term loads the encoder
                given[need] = start_vectors(self._start)
            elif need == "companions":
                given[need] = Companions(_rows_with(batch, "companion_query", trained.queries), beside["companions"])
            elif need == "pivots":
                given[need] = self._pivots(batch, trained)
            elif need == "unlabelled":
                given[need] = self._unlabelled_vectors(beside, batch)
        values = {}
        for name, settings in self._on.items():
            more = () if settings.needs is None else (given[settings.needs],)
            values[name] = open_regularizer(name).penalty(trained, *more, settings)
        return values

    def _unlabelled_vectors(self, beside: "Mapping[str, Tensor]", batch: "pa.Table") -> Vectors | None:
        """Return the vectors of the step's unlabelled texts; ``None`` where there are none."""
        import torch

        if self._unlabelled is None:
            return None
        queries, passages = beside["unlabelled queries"], beside["unlabelled passages"]
        numbers = [self.languages[tag] for tag in self._drawn(batch).languages]
        languages = torch.tensor(numbers, device=queries.device)
        return Vectors(queries, passages, languages, languages)

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
