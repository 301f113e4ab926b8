"""The stage ``train_encoder``: fine-tune an encoder on the batches of one experiment.

in:  ``results/encoders/{encoder}/`` and ``results/batches/…/manifest.json`` with its shards
out: ``results/models/{experiment}/`` (loads with sentence-transformers) and ``results/histories/{experiment}.jsonl``;
     and, while it runs, ``results/tensorboard/{experiment}/``, which no other stage reads

One step is one batch. A killed run resumes from the last checkpoint, which lies in a folder that Snakemake does
not know (it deletes the declared outputs of a failed job), and ends with the weights of an undisturbed run, on a
CPU to the bit. The last checkpoint stays, without the optimiser: Snakemake runs every job after one that ran again,
even where that one wrote the same bytes, and so a model whose inputs are the same is written anew in seconds.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.batching.reader import BatchReader
from equilingual.config.training import TrainingSettings
from equilingual.devices import choose_precision, compute_device, describe_hardware, peak_memory
from equilingual.encoders.checks import EncoderError
from equilingual.encoders.declared import similarity_of, why_untrainable
from equilingual.encoders.directory import read_manifest, save_model
from equilingual.encoders.loading import load_encoder
from equilingual.files import read_json, sha256_of, writing_text
from equilingual.provenance import code_digest, package_versions
from equilingual.training.card import model_card
from equilingual.training.job import TrainingJob
from equilingual.training.processes import Processes
from equilingual.training.tensorboard import with_tensorboard
from equilingual.training.terms import Resources, needs_start
from equilingual.training.trainer import Trainer
from equilingual.training.unlabelled import Unlabelled
from equilingual.training.validation import Validation
from equilingual.training.weights import merge_adapters

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

# What the model's manifest takes over from that of its batches.
_ABOUT_BATCHES = ("training_set", "strategy", "mix", "alpha", "seed", "languages", "pairs", "negatives", "positives")
# And from that of its base encoder.
_ABOUT_BASE = ("source", "path", "revision", "saved_dtypes", "adapter_base", "versions")


def train_encoder(job: TrainingJob) -> None:
    """Train one experiment and write the model and its loss history.

    Several processes (``job.settings.processes``) have a device each, or their part of the threads; each embeds its
    part of every batch, and the negatives are those of the whole batch.

    Raises:
        TrainingError: a loss is not finite, or one of several processes has ended with an error.
        EncoderError: the encoder is of a kind that is not trained, LoRA names a module that it lacks, or it is to be
            compiled without a compiler.
        DamagedFileError: an input is not what its manifest says.

    """
    if job.settings.processes == 1:
        with compute_device(job.threads) as device:
            train(job, device=device, processes=Processes())
    else:
        from equilingual.training.workers import start_workers  # the module that torchrun runs is not imported before

        start_workers(job)


def train(job: TrainingJob, *, device: str, processes: Processes) -> None:
    """Train in one of ``processes`` on its ``device``; the first one writes the results."""
    settings = job.settings.model_copy(update={"precision": choose_precision(job.settings.precision, device)})
    reader = BatchReader(job.batches)
    read_json(job.batches, _ABOUT_BATCHES)  # an older version's manifest is refused before hours of training
    model = load_encoder(job.encoder_folder, device=device)
    if problem := why_untrainable(model):
        raise EncoderError(f"encoders.{job.encoder}: {problem}")
    longest = model.max_seq_length  # the training's own lengths are not the saved model's
    trainer = Trainer(
        model,
        settings,
        steps=len(reader),
        seed=job.seed,
        languages=reader.languages,
        resources=Resources(
            start=load_encoder(job.encoder_folder, device=device) if needs_start(settings) else None,
            unlabelled=_unlabelled(job),
        ),
        validation=Validation(job.validation, batch_size=reader.summary["batch_size"]) if job.validation else None,
        processes=processes,
    )
    checkpoint = Path(job.checkpoints) / f"{_key(job, settings, processes)}.pt"
    _take_steps(job, trainer, reader, checkpoint, processes)
    best = trainer.take_best()
    cut = trainer.texts_cut()
    if processes.rank:
        return
    about = {
        **_about_inputs(job, model, reader, settings),
        "steps": trainer.step,
        "texts_cut": {"queries": cut["query"], "passages": cut["document"]},
        "final_loss": trainer.history[-1]["loss"],
        "best": best and {name: best[name] for name in ("step", "validation_loss", "validation_map")},
        "batches_sha256": sha256_of(job.batches),
        "versions": package_versions(),
        "hardware": describe_hardware(device, job.threads),
        "processes": processes.count,
    }
    with writing_text(job.history_out) as file:
        file.writelines(json.dumps(row) + "\n" for row in trainer.history)
    model.to("cpu").eval()
    if settings.lora:
        merge_adapters(model)
    model.max_seq_length = longest
    average_weights(model, job.encoder_folder, settings.wise_ft_base_weight)
    save_model(model, job.model_out, card=model_card(about, job.origin), about=about)
    for stale in set(Path(job.checkpoints).iterdir()) - {checkpoint}:
        stale.unlink()


def _unlabelled(job: TrainingJob) -> Unlabelled | None:
    """Return the texts that the centring term sees besides the batches."""
    centring = job.settings.regularizers.centring
    if centring is None or not job.sentences:
        return None
    return Unlabelled(job.sentences, job.overlaps, texts=centring.texts, seed=job.seed)


def _key(job: TrainingJob, settings: TrainingSettings, processes: Processes) -> str:
    """Return a digest of all that the trained weights follow from: a checkpoint of another training is not read."""
    files = (job.batches, Path(job.encoder_folder) / "manifest.json", job.validation, *job.sentences, *job.overlaps)
    inputs = [sha256_of(path) for path in files if path]
    # The average with the base encoder is computed after training: changing its weight does not retrain.
    trained_by = settings.model_dump(exclude={"wise_ft_base_weight", "processes"})
    return _digest(job.experiment, trained_by, job.seed, job.threads, processes.count, *inputs, code_digest(__file__))


def _take_steps(
    job: TrainingJob, trainer: Trainer, reader: BatchReader, checkpoint: Path, processes: Processes
) -> None:
    """Train from the checkpoint, if there is one, to the end; save it now and then, and at the end."""
    trainer.resume(checkpoint)
    steps = trainer.run(reader)
    if processes.rank == 0:
        shown = _with_progress(steps, job.experiment, trainer, reader)
        steps = with_tensorboard(shown, trainer.history, job.tensorboard)
    for _ in steps:
        if trainer.step % trainer.settings.save_steps == 0 or trainer.finished:
            trainer.save_checkpoint(checkpoint)


def _about_inputs(
    job: TrainingJob, model: "SentenceTransformer", reader: BatchReader, settings: TrainingSettings
) -> dict[str, Any]:
    """Return what the model's manifest says of what was trained, and on what."""
    return {
        "experiment": job.experiment,
        "encoder": job.encoder,
        "similarity": similarity_of(model),
        "base": {k: v for k, v in read_manifest(job.encoder_folder).items() if k in _ABOUT_BASE},
        **{name: reader.summary[name] for name in _ABOUT_BATCHES},
        **_about_bitext(reader.summary),
        "parameters": {"batch_size": reader.summary["batch_size"], **settings.recorded},
    }


def _about_bitext(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the model's manifest says of bitext; nothing where none was trained on."""
    bitext = summary.get("bitext")
    names = ("share", "batches", "corpora", "languages", "sentences")
    return {"bitext": {name: bitext[name] for name in names}} if bitext else {}


def average_weights(model: "SentenceTransformer", start: str | PathLike[str], share: float) -> None:
    """Make each weight of a model, on the CPU, the average of it and the base encoder's, which has ``share``.

    The average of a fine-tuned model and its starting point often keeps what either does well (WiSE-FT,
    arXiv:2109.01903).
    """
    if not share:
        return
    own, other = model.state_dict(), load_encoder(start).state_dict()
    model.load_state_dict(
        {name: w.lerp(other[name].to(w.dtype), share) if w.is_floating_point() else w for name, w in own.items()}
    )


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _with_progress(steps: Iterator[float], experiment: str, trainer: Trainer, reader: BatchReader) -> Iterator[float]:
    """Show a bar with loss, pairs per second, time left and peak memory; the same goes to the log now and then."""
    from tqdm import tqdm

    size = reader.summary["batch_size"]
    done = trainer.step * size
    with tqdm(total=len(reader) * size, initial=done, desc=experiment, unit="pair", mininterval=5) as bar:
        for loss in steps:
            memory = f"{peak_memory(str(trainer.model.device)) / 1e9:.1f} GB"
            bar.set_postfix(loss=f"{loss:.3f}", memory=memory, refresh=False)
            bar.update(size)
            if trainer.step % 10 == 0:
                rate = bar.format_dict["rate"] or 0.0
                logger.info("step %d: loss %.4f, %.1f pairs per second, %s", trainer.step, loss, rate, memory)
            yield loss
