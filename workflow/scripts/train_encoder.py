"""Adapter of the rule train_encoder."""

from pathlib import Path

from equilingual.logs import log_to
from equilingual.training import train_encoder

i, o, w = snakemake.input, snakemake.output, snakemake.wildcards
settings = {name: value for name, value in snakemake.params.items() if name != "code"}
inputs = {"encoder_folder": Path(i.encoder).parent, "batches": i.batches[0], "threads": snakemake.threads}
inputs["validation"] = i.validation or None
outputs = {"model_out": Path(o.manifest).parent, "history_out": o.history}
with log_to(snakemake.log[0]):
    train_encoder(experiment=w.experiment, **settings, **inputs, **outputs)
