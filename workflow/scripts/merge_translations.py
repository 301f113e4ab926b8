"""Adapter of the rule merge_translations."""

from equilingual.config.filters import Filters
from equilingual.logs import log_to
from equilingual.translation.merge import merge_translations

i, o, p, w = snakemake.input, snakemake.output, snakemake.params, snakemake.wildcards
what = {"corpus": w.corpus, "language": w.language, "engine": p.engine, "filters": Filters(**p.filters)}
what["samples"] = p.samples
outs = {"pairs_out": o.pairs, "dropped_out": o.dropped, "samples_out": o.samples, "counts_out": o.counts}
with log_to(snakemake.log[0]):
    merge_translations(pairs=i.pairs, shards=i.shards, **outs, **what)
