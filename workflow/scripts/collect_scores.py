"""Adapter of the rule collect_scores."""

from equilingual.evaluation import collect_scores
from equilingual.logs import log_to

with log_to(snakemake.log[0]):
    collect_scores(scores=list(snakemake.input), out=snakemake.output[0])
