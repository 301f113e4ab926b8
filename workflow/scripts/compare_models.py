"""Adapter of the rule compare_models."""

from equilingual.evaluation import compare_models
from equilingual.logs import log_to

p = snakemake.params
ranks = dict(zip(p.models, snakemake.input, strict=True))
asked = {"benchmark": snakemake.wildcards.benchmark, "resamples": p.resamples, "seed": p.seed}
with log_to(snakemake.log[0]):
    compare_models(ranks=ranks, out=snakemake.output[0], **asked, **p.family, **p.tests)
