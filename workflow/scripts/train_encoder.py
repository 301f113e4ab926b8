"""Adapter of the rule train_encoder."""

from pathlib import Path

from equilingual.logs import log_to
from equilingual.training import TrainingJob, train_encoder

i, o, w = snakemake.input, snakemake.output, snakemake.wildcards
given = {name: value for name, value in snakemake.params.items() if name != "code"}
given |= {"experiment": w.experiment, "threads": snakemake.threads, "validation": next(iter(i.validation), None)}
given |= {"encoder_folder": Path(i.encoder).parent, "batches": i.batches[0]}
given |= {"sentences": i.sentences, "overlaps": i.overlaps}
given |= {"model_out": Path(o.manifest).parent, "history_out": o.history}
with log_to(snakemake.log[0]):
    train_encoder(TrainingJob.model_validate(given))
