"""Adapter of the rule collect_comparisons."""

from equilingual.evaluation import collect_comparisons
from equilingual.logs import log_to

i, out = snakemake.input, snakemake.output[0]
with log_to(snakemake.log[0]):
    collect_comparisons(comparisons=list(i.comparisons), models=i.models, out=out, **snakemake.params.tests)
