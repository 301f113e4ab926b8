"""Adapter of the rule translate_queries."""

from pathlib import Path

from equilingual.logs import log_to
from equilingual.translation.queries import translate_queries

i, o, p = snakemake.input, snakemake.output, snakemake.params
where = {"benchmark": Path(i.benchmark).parent, "cache": p.cache, "out": o.queries, "counts_out": o.counts}
with log_to(snakemake.log[0]):
    translate_queries(engine=p.engine, pairs=p.pairs, threads=snakemake.threads, **where)
