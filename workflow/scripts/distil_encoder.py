"""Adapter of the rule distil_encoder."""

from pathlib import Path

from equilingual.config.distilled import DistillingSettings
from equilingual.logs import log_to
from equilingual.training.distilling import distil_encoder

i, p, folder = snakemake.input, snakemake.params, Path(snakemake.output.manifest).parent
given = {"teacher": Path(i.teacher).parent, "pairs": i.pairs, "layers": p.layers}
job = {"threads": snakemake.threads, "checkpoints": p.checkpoints, "folder": folder}
with log_to(snakemake.log[0]):
    distil_encoder(encoder=p.encoder, settings=DistillingSettings(**p.settings), **given, **job)
