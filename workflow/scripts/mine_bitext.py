"""Adapter of the rule mine_bitext."""

from pathlib import Path

from equilingual.evaluation import mine_bitext
from equilingual.logs import log_to

i, o, w = snakemake.input, snakemake.output, snakemake.wildcards
given = {"model": snakemake.params.model, "queries": i.queries, "benchmark": Path(i.benchmark).parent}
made = {"out": o.scores, "mined": o.mined, "intervals": o.intervals, "bias": o.bias}
with log_to(snakemake.log[0]):
    mine_bitext(name=w.benchmark, **given, **made)
