"""The stage ``distil_encoder``: an encoder with fewer layers learns the vectors of the whole encoder.

in:  ``results/encoders/{teacher}/``, the whole encoder as ``prepare_encoder`` has written it; the pairs of training
     sets, which share no text with a benchmark
out: ``results/encoders/{encoder}/``, the encoder cut to some of its layers and trained

The loss is 1 - cosine between the vectors of the two encoders. For vectors of length 1 that is half of their squared
distance, which arXiv:2004.09813 takes. Questions have the prompt and the length of queries, passages those of
documents. There is no dropout, and nothing is drawn during training. A killed run resumes from the last checkpoint, and
ends with the weights of an undisturbed run, on a CPU to the bit. The last checkpoint stays, so that a directory is
written anew in seconds.
"""

import copy
import hashlib
import json
import logging
import math
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.config.distilled import DistillingSettings
from equilingual.config.training import Training
from equilingual.devices import choose_precision, compute_device, describe_hardware
from equilingual.encoders.checks import EncoderError, check_float32, check_vectors
from equilingual.encoders.declared import Side, why_untrainable
from equilingual.encoders.directory import read_manifest, save_model
from equilingual.encoders.layers import cut_layers
from equilingual.encoders.loading import load_encoder
from equilingual.files import sha256_of
from equilingual.provenance import code_digest, package_versions
from equilingual.training.checkpoints import read_checkpoint, write_checkpoint
from equilingual.training.distilled_texts import DistilledTexts, Sides, TooFewTextsError, draw_texts
from equilingual.training.micro_batches import Embedded, Embedder
from equilingual.training.optimization import Optimization
from equilingual.training.trainer import TrainingError
from equilingual.training.weights import choose_weights

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

logger = logging.getLogger(__name__)

_SAVE_STEPS = 50  # between two checkpoints, and between two lines of the log


def distil_encoder(
    *,
    encoder: str,
    teacher: str | PathLike[str],
    pairs: Sequence[str | PathLike[str]],
    layers: int | Sequence[int],
    settings: DistillingSettings,
    threads: int,
    checkpoints: str | PathLike[str],
    folder: str | PathLike[str],
) -> None:
    """Write an encoder with some layers of another one, trained to give its vectors.

    Args:
        encoder: its name.
        teacher: the directory of the whole encoder.
        pairs: files of canonical pairs, of one language each.
        layers: those that are kept, counted from 0, or how many, evenly spaced from the first.
        settings: of the distillation.
        threads: on a CPU.
        checkpoints: a folder of its own, which outlives a killed run.
        folder: the new directory.

    Raises:
        EncoderError: the whole encoder cannot be trained or cut, or the pairs have fewer than two passages.
        TrainingError: a loss is not finite.
        DamagedFileError: an input is not what was written.

    """
    about = read_manifest(teacher)
    with compute_device(threads) as device:
        whole = load_encoder(teacher, device=device)
        if problem := why_untrainable(whole):
            raise EncoderError(f"encoders.{encoder}.distilled: {problem}")
        model = copy.deepcopy(whole)
        kept = cut_layers(f"the encoder {encoder}", model, layers)
        try:
            texts = draw_texts(pairs, steps=settings.steps, batch_size=settings.batch_size, seed=settings.seed)
        except TooFewTextsError as error:
            raise EncoderError(f"encoders.{encoder}.distilled: {error}") from error
        settings = settings.model_copy(update={"precision": choose_precision(settings.precision, device)})
        longest = model.max_seq_length  # the lengths of the distillation are not the saved model's
        distiller = Distiller(whole, model, settings)
        key = _key(encoder, kept, settings, threads, teacher, pairs)
        found = _take_steps(distiller, texts, Path(checkpoints) / f"{key}.pt")
        model.to("cpu").eval()
        model.max_seq_length = longest
        check_vectors(f"the encoder {encoder}", model)
        own = {"languages": texts.languages, **settings.model_dump(), **found}
        own |= {"hardware": describe_hardware(device, threads), "versions": package_versions()}
    about = {name: value for name, value in about.items() if name != "files"}
    about |= {"encoder": encoder, "layers": kept, "distilled": own}
    card = f"# {encoder}\n\nA base encoder ({about['source']}), cut to the layers {', '.join(map(str, kept))}, then "
    card += (
        f"distilled: the mean cosine with the whole encoder's vectors, each centred, is {found['centred_cosine']:.3f} "
    )
    card += "on held-out texts.\n"
    save_model(model, folder, card=card, about=about)
    for stale in set(Path(checkpoints).iterdir()) - {Path(checkpoints) / f"{key}.pt"}:
        stale.unlink()


class Distiller:
    """Takes the steps of one distillation.

    Args:
        teacher: the whole encoder, which stays as it is.
        model: the encoder that is trained, on the same device.
        settings: of the distillation; its ``precision`` is not ``auto``.

    Attributes:
        losses: 1 - cosine, the mean over the texts of each step taken.
        before: what :meth:`measure` gives of held-out texts before the first step; empty until it is measured.

    """

    def __init__(
        self, teacher: "SentenceTransformer", model: "SentenceTransformer", settings: DistillingSettings
    ) -> None:
        self.settings, self._model = settings, model
        self.losses: list[float] = []
        self.before: dict[str, float] = {}
        choose_weights(model, word_embeddings=settings.word_embeddings, lora=None)
        check_float32(model)
        teacher.eval()
        model.eval()  # without dropout: the targets have none
        rate = Training(learning_rate=settings.learning_rate)
        self._optimization = Optimization(model, rate, steps=settings.steps)
        self._teacher, self._own = (
            Embedder(one, micro_batch_size=None, precision=settings.precision) for one in (teacher, model)
        )

    def take_step(self, sides: Sides) -> None:
        """Train on some texts.

        Raises:
            TrainingError: the loss is not finite.

        """
        import torch

        self._optimization.forget_gradients()
        embedded = self._embed(self._own, sides)
        vectors = torch.cat([one.vectors for one in embedded]).requires_grad_()
        loss = (1 - _cosines(vectors, self._target(sides))).mean()
        if not math.isfinite(loss.item()):
            raise TrainingError(
                f"the loss is {loss.item()} at step {len(self.losses)} of the distillation: lower 'learning_rate'"
            )
        loss.backward()
        assert vectors.grad is not None
        sizes = [len(one.vectors) for one in embedded]
        for one, gradient in zip(embedded, vectors.grad.split(sizes), strict=True):
            self._own.backward(one, gradient)
        self._optimization.take_step()
        self.losses.append(loss.item())

    def measure(self, sides: Sides) -> dict[str, float]:
        """Return ``cosine`` and ``centred_cosine``, means over texts of the cosine of both encoders' vectors.

        The second is of vectors less the mean of their encoder and side. Vectors of one encoder are often near to each
        other, and then an encoder that gives every text the same vector has a high cosine, too, but a centred one of 0.
        """
        import torch

        size = self.settings.batch_size
        plain, centred = [], []
        for number in range(len(sides)):
            parts = []
            for start in range(0, len(sides[number]), size):
                part = Sides(*(texts[start : start + size] if n == number else [] for n, texts in enumerate(sides)))
                with torch.no_grad():
                    own = torch.cat([one.vectors for one in self._embed(self._own, part)])
                    parts.append(torch.stack([own, self._target(part)]))
            both = torch.nn.functional.normalize(torch.cat(parts, dim=1).double(), dim=-1)
            plain.append((both[0] * both[1]).sum(1))
            own, target = both - both.mean(1, keepdim=True)
            centred.append(torch.cosine_similarity(own, target, dim=-1))
        return {name: float(torch.cat(one).mean()) for name, one in (("cosine", plain), ("centred_cosine", centred))}

    def _target(self, sides: Sides) -> "Tensor":
        import torch

        with torch.no_grad():
            return torch.cat([one.vectors for one in self._embed(self._teacher, sides)])

    def _embed(self, embedder: Embedder, sides: Sides) -> list[Embedded]:
        lengths = self.settings.query_length, self.settings.passage_length
        names: tuple[Side, Side] = "query", "document"
        return [embedder.embed(*given) for given in zip(sides, names, lengths, strict=True)]

    def save(self, path: Path) -> None:
        """Write what a resumed run needs: the weights that are trained, and after the last step no optimiser."""
        trained = {name for name, weight in self._model.named_parameters() if weight.requires_grad}
        state = {
            "losses": self.losses,
            "before": self.before,
            "weights": {name: value for name, value in self._model.state_dict().items() if name in trained},
            "optimization": self._optimization.state(finished=len(self.losses) == self.settings.steps),
        }
        write_checkpoint(state, path)

    def resume(self, path: Path) -> None:
        """Take up a checkpoint of the same distillation, if there is one that is whole."""
        state = read_checkpoint(path, "the distillation")
        if state is None:
            return
        self.losses, self.before = state["losses"], state["before"]
        self._model.load_state_dict(state["weights"], strict=False)
        self._optimization.resume(state["optimization"])
        logger.info("resumed at step %d", len(self.losses))


def _take_steps(distiller: Distiller, texts: DistilledTexts, checkpoint: Path) -> dict[str, Any]:
    """Train to the end, from the checkpoint if there is one; return what the manifest says of it."""
    from tqdm import tqdm

    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    distiller.resume(checkpoint)
    if not distiller.losses:
        distiller.before = distiller.measure(texts.held_out)
        logger.info("before the first step, on held-out texts: %s", distiller.before)
    size = distiller.settings.batch_size
    done = len(distiller.losses)
    with tqdm(total=len(texts.batches) * size, initial=done * size, unit="text", mininterval=5) as bar:
        for sides in texts.batches[done:]:
            distiller.take_step(sides)
            bar.set_postfix(loss=f"{distiller.losses[-1]:.4f}", refresh=False)
            bar.update(size)
            step = len(distiller.losses)
            if step % _SAVE_STEPS == 0 or step == len(texts.batches):
                logger.info("step %d: loss %.4f", step, distiller.losses[-1])
                distiller.save(checkpoint)
    last, after = distiller.losses[-10:], distiller.measure(texts.held_out)
    logger.info("after the last step, on held-out texts: %s", after)
    return {
        "final_loss": sum(last) / len(last),
        "held_out": sum(map(len, texts.held_out)),
        **{f"{name}_before": value for name, value in distiller.before.items()},
        **after,
    }


def _cosines(one: "Tensor", other: "Tensor") -> "Tensor":
    """Return float [rows], the cosine of each row's two vectors."""
    from torch.nn import functional

    return functional.cosine_similarity(one.float(), other.float(), dim=-1)


def _key(
    encoder: str,
    layers: Sequence[int],
    settings: DistillingSettings,
    threads: int,
    teacher: str | PathLike[str],
    pairs: Sequence[str | PathLike[str]],
) -> str:
    """Return a digest of all that the trained weights follow from: a checkpoint of another distillation is not read."""
    inputs = [sha256_of(path) for path in (Path(teacher) / "manifest.json", *pairs)]
    parts = [encoder, list(layers), settings.model_dump(), threads, *inputs, code_digest(__file__)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
