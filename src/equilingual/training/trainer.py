"""One training: the model, its optimiser, and the state that a checkpoint holds."""

import logging
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.batching.reader import BatchReader
from equilingual.config.training import TrainingSettings
from equilingual.encoders.checks import check_float32
from equilingual.seeding import derive_seed
from equilingual.training.checkpoints import read_checkpoint, write_checkpoint
from equilingual.training.compilation import compile_encoder
from equilingual.training.loss import info_nce, multi_positive_info_nce
from equilingual.training.micro_batches import PADDED_TOGETHER, Embedded, Embedder, rng_state, set_rng_state
from equilingual.training.optimization import Optimization
from equilingual.training.passages import groups_of, is_bitext, owners_of, passage_languages_of, passages_of
from equilingual.training.processes import Processes
from equilingual.training.regularizers import Vectors
from equilingual.training.terms import Resources, Terms, Texts, embed_parts, gather_parts
from equilingual.training.validation import Validation, best_row
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
        settings: those of the training; its ``precision`` is not ``auto``.
        steps: how many there will be.
        seed: the root seed.
        languages: BCP-47 tags, of the batches.
        resources: what the terms of the loss need besides the batches.
        validation: what the training is watched by.
        processes: those that train together.

    Attributes:
        step: steps taken.
        history: a row for each, as the history file has it.

    """

    def __init__(
        self,
        model: "SentenceTransformer",
        settings: TrainingSettings,
        *,
        steps: int,
        seed: int,
        languages: tuple[str, ...] | list[str] = (),
        resources: Resources = Resources(),  # noqa: B008 (it is frozen)
        validation: Validation | None = None,
        processes: Processes | None = None,
    ) -> None:
        import torch

        torch.manual_seed(derive_seed(seed, "train_encoder"))
        self.model, self.settings, self.steps = model, settings, steps
        self.history: list[dict[str, Any]] = []
        self._validation, self._processes = validation, processes or Processes()
        self._best: dict[str, Tensor] | None = None  # the trained weights where the validation loss was lowest
        self.embedder = Embedder(model, micro_batch_size=settings.micro_batch_size, precision=settings.precision)
        self._terms = Terms(settings, self._processes, resources, languages)
        choose_weights(model, word_embeddings=settings.word_embeddings, lora=settings.lora)
        check_float32(model)
        if self._processes.rank:  # the weights are drawn alike, and dropout, of other texts, is not
            torch.manual_seed(derive_seed(seed, "train_encoder", str(self._processes.rank)))
        model.train(settings.dropout)
        if settings.torch_compile:
            compile_encoder(model)
        logarithm = torch.tensor(math.log(settings.temperature), device=model.device)
        self._log_temperature = torch.nn.Parameter(logarithm, requires_grad=settings.learn_temperature)
        learnt = self._log_temperature if settings.learn_temperature else None
        self.optimization = Optimization(model, settings, steps=steps, temperature=learnt)

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
        if not self.history:
            self._validate()
        while not self.finished:
            loss = self._train_step(self.step, reader.read(self.step))
            if self._is_due():
                self._validate()  # before the caller saves a checkpoint
            yield loss

    @property
    def finished(self) -> bool:
        """Whether every step was taken, or the validation loss has not fallen ``early_stopping_patience`` times."""
        if self.step >= self.steps:
            return True
        best = best_row(self.history)
        patience = self.settings.early_stopping_patience
        if best is None or patience is None:
            return False
        since = [row for row in self.history if "validation_loss" in row and row["step"] > best["step"]]
        return len(since) >= patience

    def _is_due(self) -> bool:
        return self.step % self.settings.eval_steps == 0 or self.step == self.steps

    def _validate(self) -> None:
        """Add to the last row of the history, or to a first one of step 0, what the encoder is worth now."""
        if self._validation is None:
            return
        found = None
        if self._processes.rank == 0:
            found = self._validation.measure(self.embedder, self.settings, temperature=self.settings.temperature)
        found = self._processes.collect(found)[0]
        if not self.history:
            self.history.append({"step": 0})
        self.history[-1] |= found
        if self.settings.keep_best and best_row(self.history) is self.history[-1]:
            self._best = {name: weight.detach().cpu().clone() for name, weight in self._trained().items()}
        logger.info("step %d: %s", self.step, ", ".join(f"{name} {value:.4f}" for name, value in found.items()))

    def _train_step(self, batch_id: int, batch: "pa.Table") -> float:
        terms = self._gradients_that_fit(batch_id, batch)
        rate, temperature = self.optimization.learning_rate, self.temperature
        norm = self.optimization.take_step()
        row = {"step": self.step, "batch_id": batch_id, "mode": batch["mode"][0].as_py(), "loss": terms["loss"]}
        row |= {name: value for name, value in terms.items() if name != "loss"}
        row |= {"temperature": temperature} if self.settings.learn_temperature else {}
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
                        f"batch {batch_id}: a single text does not fit into the device's memory: lower the encoder's "
                        "passage_length, or train on a larger device"
                    ) from None
                logger.warning("batch %d: out of memory: micro_batch_size is now %d", batch_id, size)
                self.embedder.micro_batch_size = size
                self.embedder.cut = cut
                self.optimization.forget_gradients()
                set_rng_state(self.model.device, draws)
                torch.cuda.empty_cache()

    def _gradients(self, batch_id: int, batch: "pa.Table") -> dict[str, float]:
        """Compute the gradients of one batch; return the terms of its loss."""
        import torch

        self.optimization.forget_gradients()
        beside = self._terms.sides(batch)
        sides = [*self._sides(batch), *beside.values()]
        parts = self._processes.attempt(lambda: embed_parts(self.embedder, self._processes, sides))
        vectors = [found.requires_grad_() for found in gather_parts(self._processes, parts)]
        queries, passages, *others = vectors
        loss, terms = self._loss(queries, passages, dict(zip(beside, others, strict=True)), batch)
        if not all(map(math.isfinite, terms.values())):
            raise TrainingError(
                f"the loss is {terms['loss']} at batch {batch_id}: lower training.learning_rate or raise "
                "training.temperature, and check the texts of that batch"
            )
        loss.backward()
        # A term may not look at the texts that it asked for.
        gradients = [torch.zeros_like(found) if found.grad is None else found.grad for found in vectors]
        self._processes.attempt(lambda: self._backward(parts, gradients))
        weights = [weight for weight in self.model.parameters() if weight.requires_grad]
        self._processes.add_up(weights, sparse=self.optimization.sparse)
        return terms

    def _sides(self, batch: "pa.Table") -> list[Texts]:
        """Return the queries and the passages of a batch.

        Both sentences of bitext are encoded as queries, as E5 does where neither side answers the other; one may be as
        long as a passage.
        """
        if is_bitext(batch):
            length = max(self.settings.query_length, self.settings.passage_length)
            return [Texts("query", length, texts) for texts in (batch["query"].to_pylist(), passages_of(batch))]
        return [
            Texts("query", self.settings.query_length, batch["query"].to_pylist()),
            Texts("document", self.settings.passage_length, passages_of(batch)),
        ]

    def _backward(self, parts: "list[tuple[int, Embedded]]", gradients: "list[Tensor]") -> None:
        # Passages before queries: theirs are the activations that take the most memory.
        for (size, embedded), gradient in reversed(list(zip(parts, gradients, strict=True))):
            self.embedder.backward(embedded, gradient[self._processes.part(size)])

    def _loss(
        self, queries: "Tensor", passages: "Tensor", beside: "dict[str, Tensor]", batch: "pa.Table"
    ) -> "tuple[Tensor, dict[str, float]]":
        """Return the loss and its terms, as numbers; ``beside`` are the vectors of the terms' sides."""
        # A sentence and its translation answer each other.
        symmetric_loss = self.settings.symmetric_loss or is_bitext(batch)
        groups, owners = groups_of(batch).to(passages.device), owners_of(batch)
        temperature = self._log_temperature.exp()
        if owners is None:
            contrast = info_nce(queries, passages, temperature, symmetric_loss=symmetric_loss, groups=groups)
        else:
            own = owners.to(passages.device)
            contrast = multi_positive_info_nce(
                queries, passages, temperature, own, symmetric_loss=symmetric_loss, groups=groups
            )
        regularizers = self.settings.regularizers.on
        if not regularizers:
            return contrast, {"loss": contrast.item()}
        total, terms = contrast, {"contrast": contrast.item()}
        trained = self._vectors(queries, passages, batch)
        values = self._terms.values(trained, beside, batch, lambda start: self._start_vectors(start, batch))
        for name, term in values.items():
            total = total + regularizers[name].weight * term
            terms[name] = term.item()
        return total, {"loss": total.item()} | terms

    def _vectors(self, queries: "Tensor", passages: "Tensor", batch: "pa.Table") -> Vectors:
        import torch

        languages = (
            torch.tensor([self._terms.languages[tag] for tag in named], device=queries.device)
            for named in (batch["query_language"].to_pylist(), passage_languages_of(batch))
        )
        return Vectors(queries, passages, *languages)

    def _start_vectors(self, start: Embedder, batch: "pa.Table") -> Vectors:
        """Return the vectors of the base encoder, without dropout."""
        import torch

        with torch.no_grad():
            parts = self._processes.attempt(lambda: embed_parts(start, self._processes, self._sides(batch)))
        queries, passages = gather_parts(self._processes, parts)
        return self._vectors(queries, passages, batch)

    def texts_cut(self) -> dict[str, int]:
        """Return how many texts were longer than their length, by prompt; all processes call this."""
        counts = self._processes.collect(self.embedder.cut)
        return {prompt: sum(own[prompt] for own in counts) for prompt in counts[0]}

    def _trained(self) -> "dict[str, Tensor]":
        trained = {name for name, weight in self.model.named_parameters() if weight.requires_grad}
        return {name: value for name, value in self.model.state_dict().items() if name in trained}

    def take_best(self) -> dict[str, float] | None:
        """Give the encoder the weights of the best validation, and return its row; without one nothing happens."""
        if self._best is None:
            return None
        self.model.load_state_dict(self._best, strict=False)
        return best_row(self.history)

    def save_checkpoint(self, path: Path) -> None:
        """Write all that a resumed run needs: only weights that are trained, and after the last step no optimiser.

        Of several processes, the first one writes; all of them call this.
        """
        own = self._processes.collect({"cut": self.embedder.cut, "rng": rng_state(self.model.device)})
        if self._processes.rank:
            return
        state = {
            "history": self.history,
            "processes": own,
            "micro_batch_size": self.embedder.micro_batch_size,
            "weights": self._trained(),
            "best": self._best,
            "log_temperature": self._log_temperature.detach(),
            "optimization": self.optimization.state(finished=self.finished),
        }
        write_checkpoint(state, path)

    def resume(self, path: Path) -> None:
        """Take up a checkpoint of the same experiment, if there is one."""
        import torch

        state = read_checkpoint(path, "training")
        if state is None:
            return
        self.history = state["history"]
        own = state["processes"][self._processes.rank]
        self.embedder.cut, self.embedder.micro_batch_size = own["cut"], state["micro_batch_size"]
        self.model.load_state_dict(state["weights"], strict=False)
        self._best = state["best"]
        with torch.no_grad():
            self._log_temperature.copy_(state["log_temperature"])
        self.optimization.resume(state["optimization"])
        set_rng_state(self.model.device, own["rng"])
        logger.info("resumed at step %d", self.step)
