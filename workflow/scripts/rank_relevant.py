"""Adapter of the rule rank_relevant."""

from pathlib import Path

from equilingual.evaluation import rank_relevant
from equilingual.logs import log_to

i = snakemake.input
folders = {"indexes": Path(i.indexes).parent, "benchmark": Path(i.benchmark).parent}
with log_to(snakemake.log[0]):
    rank_relevant(queries=i.queries, out=snakemake.output[0], **folders)
