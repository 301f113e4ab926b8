"""Adapter of the rule build_indexes."""

from pathlib import Path

from equilingual.logs import log_to
from equilingual.retrieval import build_indexes

i, out = snakemake.input, Path(snakemake.output.manifest).parent
settings = {"index": snakemake.params.index, "threads": snakemake.threads}
with log_to(snakemake.log[0]):
    build_indexes(candidates=i.candidates, benchmark=Path(i.benchmark).parent, **settings, out=out)
