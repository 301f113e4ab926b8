"""Adapter of the rule score_model."""

from equilingual.evaluation import score_model
from equilingual.logs import log_to

o, p, w = snakemake.output, snakemake.params, snakemake.wildcards
bootstrap = {"resamples": p.resamples, "seed": p.seed, "intervals": o.intervals}
with log_to(snakemake.log[0]):
    score_model(model=p.model, benchmark=w.benchmark, ranks=snakemake.input[0], out=o.scores, **bootstrap)
