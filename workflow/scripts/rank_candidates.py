"""Adapter of the rule rank_candidates."""

from pathlib import Path

from equilingual.evaluation import rank_candidates
from equilingual.logs import log_to

i, out, params = snakemake.input, snakemake.output, snakemake.params
given = {"queries": i.queries, "candidates": i.candidates, "benchmark": Path(i.benchmark).parent}
asked = {"runs": params.runs, "depth": params.depth, "threads": snakemake.threads}
with log_to(snakemake.log[0]):
    rank_candidates(model=snakemake.wildcards.model, **given, **asked, out=out.ranks, out_runs=Path(out.runs).parent)
