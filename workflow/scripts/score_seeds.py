"""Adapter of the rule score_seeds."""

from pathlib import Path

from equilingual.evaluation import score_seeds
from equilingual.logs import log_to

i, p = snakemake.input, snakemake.params
asked = {"resamples": p.resamples, "seed": p.seed, "out": snakemake.output[0]}
with log_to(snakemake.log[0]):
    score_seeds(ranks=list(i.ranks), benchmark=Path(i.benchmark).parent, **asked)
