"""The stage ``train_encoder``: fine-tune an encoder on the batches of one experiment.

in:  ``results/encoders/{encoder}/`` and ``results/batches/…/manifest.json`` with its shards
out: ``results/models/{experiment}/`` (loads with sentence-transformers) and ``results/histories/{experiment}.jsonl``

One step is one batch. A killed run resumes from the last checkpoint, which lies in a folder that Snakemake does
not know (it deletes the declared outputs of a failed job), and ends with the weights of an undisturbed run, on a
CPU to the bit. The last checkpoint stays, without the optimiser: Snakemake runs every job after one that ran again,
even where that one wrote the same bytes, and so a model whose inputs are the same is written anew in seconds.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.batching.reader import BatchReader
from equilingual.devices import compute_device, describe_hardware
from equilingual.encoders.directory import read_manifest, save_model
from equilingual.encoders.loading import load_encoder
from equilingual.files import replacing, sha256_of
from equilingual.provenance import code_digest, package_versions
from equilingual.seeding import derive_seed
from equilingual.training.card import model_card
from equilingual.training.loss import info_nce

if TYPE_CHECKING:
    import pyarrow as pa
    from sentence_transformers import SentenceTransformer
    from torch import Tensor
    from torch.optim import AdamW
    from torch.optim.lr_scheduler import LambdaLR

logger = logging.getLogger(__name__)

# Texts that go through the encoder together, in length order: padding costs a third of the time otherwise.
_CHUNK = 16

# What the model's manifest takes over from that of its batches.
_ABOUT_BATCHES = ("training_set", "strategy", "alpha", "seed", "languages", "pairs", "negatives")


class TrainingError(RuntimeError):
    """Training cannot go on; the message names the batch."""


def train_encoder(
    *,
    experiment: str,
    encoder: str,
    encoder_folder: str | PathLike[str],
    batches: str | PathLike[str],
    parameters: Mapping[str, Any],
    licences: Mapping[str, str],
    seed: int,
    threads: int,
    checkpoints: str | PathLike[str],
    model_out: str | PathLike[str],
    history_out: str | PathLike[str],
) -> None:
    """Train one experiment and write the model and its loss history.

    ``batches`` is the manifest of the batches; ``parameters`` are the configuration's ``training`` and the encoder's
    ``query_length`` and ``passage_length``; ``licences`` are those of the corpora, for the model card.

    Raises:
        TrainingError: a loss is not finite.
        DamagedShardError, DamagedModelError: an input is not what its manifest says.

    """
    reader = BatchReader(batches)
    with compute_device(threads) as device:
        model = load_encoder(encoder_folder, device=device)
        longest = model.max_seq_length  # the training's own lengths are not the saved model's
        trainer = Trainer(model, parameters, steps=len(reader), seed=seed)
        inputs = (sha256_of(batches), sha256_of(Path(encoder_folder) / "manifest.json"))
        key = _digest(experiment, parameters, seed, threads, *inputs, code_digest(__file__))
        checkpoint = Path(checkpoints) / f"{key}.pt"
        trainer.resume(checkpoint)
        for _ in _with_progress(trainer.run(reader), experiment, trainer, reader):
            if trainer.step % parameters["checkpoint_steps"] == 0 or trainer.step == trainer.steps:
                trainer.save_checkpoint(checkpoint)
        hardware = describe_hardware(device, threads)
    about = {
        "experiment": experiment,
        "encoder": encoder,
        "base": {k: v for k, v in read_manifest(encoder_folder).items() if k in {"source", "path", "revision"}},
        **{name: reader.summary[name] for name in _ABOUT_BATCHES},
        "parameters": {"batch_size": reader.summary["batch_size"], **parameters},
        "steps": trainer.step,
        "texts_cut": {"queries": trainer.cut["query"], "passages": trainer.cut["document"]},
        "final_loss": trainer.history[-1]["loss"],
        "batches_sha256": sha256_of(batches),
        "versions": package_versions(),
        "hardware": hardware,
    }
    with replacing(history_out) as temporary:
        temporary.write_text("".join(json.dumps(row) + "\n" for row in trainer.history), encoding="utf-8")
    trainer.model.to("cpu").eval()
    trainer.model.max_seq_length = longest
    save_model(trainer.model, model_out, card=model_card(about, licences), about=about)
    for stale in set(Path(checkpoints).iterdir()) - {checkpoint}:
        stale.unlink()


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=dict).encode()).hexdigest()[:16]


def _with_progress(steps: Iterator[float], experiment: str, trainer: "Trainer", reader: BatchReader) -> Iterator[float]:
    """Show a bar with the loss and pairs per second; the same goes to the log now and then."""
    from tqdm import tqdm

    size = reader.summary["batch_size"]
    done = trainer.step * size
    with tqdm(total=len(reader) * size, initial=done, desc=experiment, unit="pair", mininterval=5) as bar:
        for loss in steps:
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            bar.update(size)
            if trainer.step % 10 == 0:
                rate = bar.format_dict["rate"] or 0.0
                logger.info("step %d: loss %.4f, %.1f pairs per second", trainer.step, loss, rate)
            yield loss


def passages_of(batch: "pa.Table") -> list[str]:
    """Return the passages of a batch's pairs, then its hard negatives."""
    passages = batch["passage"].to_pylist()
    if "negatives" not in batch.schema.names:
        return passages
    return passages + [text for own in batch["negatives"].to_pylist() for text in own]


class Trainer:
    """The model, its optimiser and the state that a checkpoint holds."""

    def __init__(self, model: "SentenceTransformer", parameters: Mapping[str, Any], *, steps: int, seed: int) -> None:
        """Prepare to train ``model`` for ``steps`` steps; ``parameters`` as in :func:`train_encoder`."""
        import torch

        torch.manual_seed(derive_seed(seed, "train_encoder"))
        self.model = model
        self.parameters = parameters
        self.steps = steps
        self.step = 0
        self.history: list[dict[str, Any]] = []
        self.cut = {"query": 0, "document": 0}  # texts longer than their length in tokens
        model.train(parameters["dropout"])
        if parameters["freeze_word_embeddings"]:
            for name, weight in model.named_parameters():
                if name.endswith("word_embeddings.weight"):
                    weight.requires_grad_(False)
        self.optimizer, self.schedule = self._optimizer()

    def _optimizer(self) -> "tuple[AdamW, LambdaLR]":
        import torch

        trained = [(name, weight) for name, weight in self.model.named_parameters() if weight.requires_grad]
        # Biases and layer norms are the vectors; decaying them pulls the encoder's scales to zero.
        groups = [
            {"params": [w for _, w in trained if w.ndim > 1], "weight_decay": self.parameters["weight_decay"]},
            {"params": [w for _, w in trained if w.ndim <= 1], "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups, lr=self.parameters["learning_rate"])
        warmup = max(1, round(self.parameters["warmup_share"] * self.steps))

        def factor(step: int) -> float:
            return min((step + 1) / warmup, (self.steps - step) / max(1, self.steps - warmup))

        return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, factor)

    def run(self, reader: BatchReader) -> Iterator[float]:
        """Train on the batches that are left, in order; yield each step's loss after the step.

        Raises:
            TrainingError: a loss is not finite.

        """
        for batch_id in range(self.step, len(reader)):
            yield self._train_step(batch_id, reader.read(batch_id))

    def _train_step(self, batch_id: int, batch: "pa.Table") -> float:
        import torch

        bfloat16 = self.parameters["precision"] == "bfloat16"
        with torch.autocast(self.model.device.type, torch.bfloat16, enabled=bfloat16):
            queries = self._embed(batch["query"].to_pylist(), "query", self.parameters["query_length"])
            passages = self._embed(passages_of(batch), "document", self.parameters["passage_length"])
        loss = info_nce(queries, passages, self.parameters["temperature"])
        value = loss.item()
        if not torch.isfinite(loss):
            raise TrainingError(
                f"the loss is {value} at batch {batch_id}: lower training.learning_rate or raise "
                "training.temperature, and look at the texts of that batch"
            )
        rate = self.schedule.get_last_lr()[0]
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        trained = [weight for group in self.optimizer.param_groups for weight in group["params"]]
        torch.nn.utils.clip_grad_norm_(trained, self.parameters["gradient_clip"])
        self.optimizer.step()
        self.schedule.step()
        self.step += 1
        mode = batch["mode"][0].as_py()
        self.history.append(
            {"step": self.step, "batch_id": batch_id, "mode": mode, "loss": value, "learning_rate": rate}
        )
        return value

    def _embed(self, texts: Sequence[str], prompt: str, length: int) -> "Tensor":
        """Return float [texts, dimensions], in the order of ``texts``, with their gradients."""
        import torch

        self.model.max_seq_length = length
        before = self.model.prompts.get(prompt) or ""
        sizes = [len(ids) for ids in self.model.tokenizer([before + text for text in texts])["input_ids"]]
        self.cut[prompt] += sum(size > length for size in sizes)
        order = sorted(range(len(texts)), key=sizes.__getitem__)
        parts = []
        for start in range(0, len(order), _CHUNK):
            chunk = [texts[position] for position in order[start : start + _CHUNK]]
            features = self.model.preprocess(chunk, prompt=before)
            features = {k: v.to(self.model.device) if hasattr(v, "to") else v for k, v in features.items()}
            parts.append(self.model(features)["sentence_embedding"])
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(parts)[back.to(parts[0].device)]

    def save_checkpoint(self, path: Path) -> None:
        """Write all that a resumed run needs: no frozen word embeddings, and after the last step no optimiser."""
        import torch

        trained = {name for name, weight in self.model.named_parameters() if weight.requires_grad}
        state = {
            "step": self.step,
            "history": self.history,
            "cut": self.cut,
            "weights": {name: value for name, value in self.model.state_dict().items() if name in trained},
            "optimizer": self.optimizer.state_dict() if self.step < self.steps else None,
            "schedule": self.schedule.state_dict(),
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
        self.step, self.history, self.cut = state["step"], state["history"], state["cut"]
        self.model.load_state_dict(state["weights"], strict=False)
        if state["optimizer"] is not None:
            self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        torch.set_rng_state(state["rng"])
        if state["cuda_rng"]:
            torch.cuda.set_rng_state_all(state["cuda_rng"])
        logger.info("resumed at step %d", self.step)
