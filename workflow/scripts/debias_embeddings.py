"""Adapter of the rule debias_embeddings."""

from pathlib import Path

from equilingual.logs import log_to
from equilingual.retrieval import debias_embeddings

i, o, method = snakemake.input, snakemake.output, snakemake.wildcards.debias
inputs = {"queries": i.queries, "candidates": i.candidates, "benchmark": Path(i.benchmark).parent}
with log_to(snakemake.log[0]):
    debias_embeddings(method=method, out_queries=o.queries, out_candidates=o.candidates, **inputs)
