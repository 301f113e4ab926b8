"""Adapter of the rule debias_embeddings."""

from pathlib import Path

from equilingual.logs import log_to
from equilingual.retrieval.debias import debias_embeddings

i, o, p = snakemake.input, snakemake.output, snakemake.params
inputs = {"queries": i.queries, "candidates": i.candidates, "benchmark": Path(i.benchmark).parent}
calibration = [Path(files[0]).parent for files in (i.fitting_tables, i.fitting_vectors) if files]
inputs |= {"counts": i.counts, "fitting": tuple(calibration) or None}
settings = {"method": p.method, "rank": p.rank, "source": p.source, "missing": p.missing}
with log_to(snakemake.log[0]):
    debias_embeddings(out_queries=o.queries, out_candidates=o.candidates, **inputs, **settings)
