"""Adapter of the rule translate_shard."""

from equilingual.logs import log_to
from equilingual.translation.stage import translate_shard

p, w = snakemake.params, snakemake.wildcards
where = {"pairs": snakemake.input.pairs, "cache": p.cache, "out": snakemake.output[0], "threads": snakemake.threads}
what = {"engine": p.engine, "source": p.source, "language": w.language, "shard": int(w.shard), "shards": p.shards}
with log_to(snakemake.log[0]):
    translate_shard(**what, **where)
