"""Adapter of the rule search_indexes."""

from pathlib import Path

from equilingual.logs import log_to
from equilingual.retrieval import search_indexes

i, settings = snakemake.input, {"seed": snakemake.params.seed, "threads": snakemake.threads}
folders = {"indexes": Path(i.indexes).parent, "benchmark": Path(i.benchmark).parent}
with log_to(snakemake.log[0]):
    search_indexes(queries=i.queries, candidates=i.candidates, **folders, **settings, out=snakemake.output[0])
