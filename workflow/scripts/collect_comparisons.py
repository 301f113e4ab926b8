"""Adapter of the rule collect_comparisons."""

from equilingual.evaluation import collect_comparisons
from equilingual.logs import log_to

p, out = snakemake.params, snakemake.output[0]
with log_to(snakemake.log[0]):
    collect_comparisons(comparisons=list(snakemake.input), labels=p.labels, alpha=p.alpha, out=out)
