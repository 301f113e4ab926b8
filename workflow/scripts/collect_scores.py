"""Adapter of the rule collect_scores."""

from equilingual.evaluation import collect_scores
from equilingual.logs import log_to

o = snakemake.output
with log_to(snakemake.log[0]):
    collect_scores(scores=list(snakemake.input), out=o.scores, intervals=o.intervals)
