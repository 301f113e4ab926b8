"""Adapter of the rule score_model."""

from pathlib import Path

from equilingual.evaluation import score_model
from equilingual.logs import log_to

i, o, p = snakemake.input, snakemake.output, snakemake.params
given = {"ranks": i.ranks, "runs": Path(i.runs).parent, "benchmark": Path(i.benchmark).parent}
asked = {"diagnostics": p.diagnostics, "vectors": tuple(i.vectors) or None}
made = {"out": o.scores, "intervals": o.intervals, "bias": o.bias}
about = {"model": p.model, "name": snakemake.wildcards.benchmark, "resamples": p.resamples, "seed": p.seed}
with log_to(snakemake.log[0]):
    score_model(**about, **asked, **given, **made)
