"""One training: the model, its optimiser, and the state that a checkpoint holds."""

import logging
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.batching.shards import BatchReader
from equilingual.files import replacing
from equilingual.seeding import derive_seed
from equilingual.training.compilation import compile_encoder
from equilingual.training.loss import info_nce
from equilingual.training.micro_batches import PADDED_TOGETHER, Embedded, Embedder, rng_state, set_rng_state
from equilingual.training.optimization import Optimization
from equilingual.training.regularizers import NEEDS_START, REGULARIZERS, Vectors
from equilingual.training.weights import choose_weights

if TYPE_CHECKING:
    import pyarrow as pa
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

logger = logging.getLogger(__name__)


class TrainingError(RuntimeError):
    """Training cannot go on; the message names the batch."""


class Trainer:
    """Takes the steps of one training.

    Args:
        model: the encoder, on its device.
        parameters: the configuration's ``training``, and the encoder's ``query_length`` and ``passage_length``.
        steps: how many there will be.
        seed: the root seed.
        languages: BCP-47 tags, of the batches.
        start: the encoder as it came, where a regulariser needs it.

    Attributes:
        step: steps taken.
        history: a row for each, as the history file has it.

    """

    def __init__(
        self,
        model: "SentenceTransformer",
        parameters: Mapping[str, Any],
        *,
        steps: int,
        seed: int,
        languages: tuple[str, ...] | list[str] = (),
        start: "SentenceTransformer | None" = None,
    ) -> None:
        import torch

        torch.manual_seed(derive_seed(seed, "train_encoder"))
        self.model, self.parameters, self.steps = model, parameters, steps
        self.history: list[dict[str, Any]] = []
        self._languages = {language: number for number, language in enumerate(languages)}
        precision = parameters["precision"]
        self.embedder = Embedder(model, micro_batch_size=parameters["micro_batch_size"], precision=precision)
        self._start = None if start is None else Embedder(start.eval(), micro_batch_size=None, precision=precision)
        choose_weights(model, word_embeddings=parameters["word_embeddings"], lora=parameters["lora"])
        model.train(parameters["dropout"])
        if parameters["compile"]:
            compile_encoder(model)
        logarithm = torch.tensor(math.log(parameters["temperature"]), device=model.device)
        self._log_temperature = torch.nn.Parameter(logarithm, requires_grad=parameters["learn_temperature"])
        learnt = self._log_temperature if parameters["learn_temperature"] else None
        self.optimization = Optimization(model, parameters, steps=steps, temperature=learnt)

    @property
    def step(self) -> int:
        """Steps taken."""
        return self.optimization.step

    @property
    def temperature(self) -> float:
        """What the cosines are divided by now."""
        return float(self._log_temperature.detach().exp())

    def run(self, reader: BatchReader) -> Iterator[float]:
        """Train on the batches that are left, in order; yield each step's loss after the step.

        Raises:
            TrainingError: a loss is not finite, or one text alone does not fit into the device's memory.

        """
        for batch_id in range(self.step, len(reader)):
            yield self._train_step(batch_id, reader.read(batch_id))

    def _train_step(self, batch_id: int, batch: "pa.Table") -> float:
        terms = self._gradients_that_fit(batch_id, batch)
        rate, temperature = self.optimization.learning_rate, self.temperature
        norm = self.optimization.take_step()
        row = {"step": self.step, "batch_id": batch_id, "mode": batch["mode"][0].as_py(), "loss": terms["loss"]}
        row |= {name: value for name, value in terms.items() if name != "loss"}
        row |= {"temperature": temperature} if self.parameters["learn_temperature"] else {}
        self.history.append(row | {"learning_rate": rate, "gradient_norm": norm})
        return terms["loss"]

    def _gradients_that_fit(self, batch_id: int, batch: "pa.Table") -> dict[str, float]:
        """Compute the gradients in micro-batches as small as the device's memory asks for.

        A batch is taken again from its beginning, with the same draws: only rounding tells the difference.
        """
        import torch

        while True:
            draws, cut = rng_state(self.model.device), dict(self.embedder.cut)
            try:
                return self._gradients(batch_id, batch)
            except torch.OutOfMemoryError:
                size = (self.embedder.micro_batch_size or 2 * min(PADDED_TOGETHER, len(batch))) // 2
                if not size:
                    raise TrainingError(
                        f"batch {batch_id}: one text alone does not fit into the device's memory: lower the encoder's "
                        "passage_length, or train on a larger device"
                    ) from None
                logger.warning("batch %d: out of memory: from now on micro_batch_size is %d", batch_id, size)
                self.embedder.micro_batch_size = size
                self.embedder.cut = cut
                self.optimization.forget_gradients()
                set_rng_state(self.model.device, draws)
                torch.cuda.empty_cache()

    def _gradients(self, batch_id: int, batch: "pa.Table") -> dict[str, float]:
        """Compute the gradients of one batch; return the terms of its loss."""
        self.optimization.forget_gradients()
        queries, passages = self._embed(self.embedder, batch)
        leaves = [embedded.vectors.requires_grad_() for embedded in (queries, passages)]
        loss, terms = self._loss(*leaves, batch)
        if not all(map(math.isfinite, terms.values())):
            raise TrainingError(
                f"the loss is {terms['loss']} at batch {batch_id}: lower training.learning_rate or raise "
                "training.temperature, and look at the texts of that batch"
            )
        loss.backward()
        for embedded in (queries, passages):
            self.embedder.backward(embedded, embedded.vectors.grad)
        return terms

    def _embed(self, embedder: Embedder, batch: "pa.Table") -> tuple[Embedded, Embedded]:
        queries = embedder.embed(batch["query"].to_pylist(), "query", self.parameters["query_length"])
        return queries, embedder.embed(passages_of(batch), "document", self.parameters["passage_length"])

    def _loss(self, queries: "Tensor", passages: "Tensor", batch: "pa.Table") -> "tuple[Tensor, dict[str, float]]":
        """Return the loss and its terms, as numbers."""
        both_directions = self.parameters["both_directions"]
        groups = _groups(batch).to(passages.device)
        temperature = self._log_temperature.exp()
        contrast = info_nce(queries, passages, temperature, both_directions=both_directions, groups=groups)
        asked = {name: settings for name, settings in self.parameters["regularizers"].items() if settings}
        if not asked:
            return contrast, {"loss": contrast.item()}
        total, terms = contrast, {"contrast": contrast.item()}
        vectors = self._vectors(queries, passages, batch)
        for name, settings in asked.items():
            options = {key: value for key, value in settings.items() if key != "weight"}
            start = (self._start_vectors(batch),) if name in NEEDS_START else ()
            term = REGULARIZERS[name](vectors, *start, **options)
            total = total + settings["weight"] * term
            terms[name] = term.item()
        return total, {"loss": total.item()} | terms

    def _vectors(self, queries: "Tensor", passages: "Tensor", batch: "pa.Table") -> Vectors:
        import torch

        tags = [*batch["passage_language"].to_pylist()]
        tags += [tag for tag, own in zip(tags, _negatives(batch), strict=True) for _ in own]
        languages = (
            torch.tensor([self._languages[tag] for tag in named], device=queries.device)
            for named in (batch["query_language"].to_pylist(), tags)
        )
        return Vectors(queries, passages, *languages)

    def _start_vectors(self, batch: "pa.Table") -> Vectors:
        """Return the vectors of the encoder as it came, without dropout."""
        import torch

        assert self._start is not None  # who configures such a regulariser loads the encoder
        with torch.no_grad():
            queries, passages = self._embed(self._start, batch)
        return self._vectors(queries.vectors, passages.vectors, batch)

    def save_checkpoint(self, path: Path) -> None:
        """Write all that a resumed run needs: only weights that are trained, and after the last step no optimiser."""
        import torch

        trained = {name for name, weight in self.model.named_parameters() if weight.requires_grad}
        state = {
            "history": self.history,
            "cut": self.embedder.cut,
            "micro_batch_size": self.embedder.micro_batch_size,
            "weights": {name: value for name, value in self.model.state_dict().items() if name in trained},
            "log_temperature": self._log_temperature.detach(),
            "optimization": self.optimization.state(finished=self.step == self.steps),
            "rng": torch.get_rng_state(),
            "cuda_rng": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        }
        with replacing(path) as temporary:
            torch.save(state, temporary)

    def resume(self, path: Path) -> None:
        """Take up a checkpoint of the same experiment, if there is one."""
        import torch

        if not path.exists():
            return
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.history = state["history"]
        self.embedder.cut, self.embedder.micro_batch_size = state["cut"], state["micro_batch_size"]
        self.model.load_state_dict(state["weights"], strict=False)
        with torch.no_grad():
            self._log_temperature.copy_(state["log_temperature"])
        self.optimization.resume(state["optimization"])
        torch.set_rng_state(state["rng"])
        if state["cuda_rng"]:
            torch.cuda.set_rng_state_all(state["cuda_rng"])
        logger.info("resumed at step %d", self.step)


def passages_of(batch: "pa.Table") -> list[str]:
    """Return the passages of a batch's pairs, then its hard negatives."""
    return batch["passage"].to_pylist() + [text for own in _negatives(batch) for text in own]


def _negatives(batch: "pa.Table") -> list[list[str]]:
    return batch["negatives"].to_pylist() if "negatives" in batch.schema.names else [[]] * len(batch)


def _groups(batch: "pa.Table") -> "Tensor":
    """Return int64 [pairs + hard negatives], equal for pairs of one ``passage_id``; a hard negative is by itself."""
    import torch

    numbers: dict[str, int] = {}
    groups = [numbers.setdefault(name, len(numbers)) for name in batch["passage_id"].to_pylist()]
    return torch.tensor(groups + [-1 - number for number in range(sum(map(len, _negatives(batch))))])
