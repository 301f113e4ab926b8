"""Adapter of the rule export_encoder."""

from pathlib import Path

from equilingual.exports.stage import export_encoder
from equilingual.logs import log_to

i, w = snakemake.input, snakemake.wildcards
folders = {"model": Path(i.model).parent, "folder": Path(snakemake.output.manifest).parent}
texts = {"queries": i.queries, "candidates": i.candidates}
with log_to(snakemake.log[0]):
    export_encoder(experiment=w.experiment, kind=w.kind, card=i.card, threads=snakemake.threads, **folders, **texts)
