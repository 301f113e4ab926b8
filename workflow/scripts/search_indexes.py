"""Adapter of the rule search_indexes."""

from pathlib import Path

from equilingual.logs import log_to
from equilingual.retrieval import search_indexes

i, out = snakemake.input, Path(snakemake.output[0]).parent
folders = {"indexes": Path(i.indexes).parent, "benchmark": Path(i.benchmark).parent, "out": out}
with log_to(snakemake.log[0]):
    search_indexes(model=snakemake.wildcards.model, queries=i.queries, depth=snakemake.params.depth, **folders)
