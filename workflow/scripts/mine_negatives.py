"""Adapter of the rule mine_negatives."""

from equilingual.config.encoding import EncodingSettings
from equilingual.logs import log_to
from equilingual.retrieval.mining import mine_negatives

i, o, w = snakemake.input, snakemake.output, snakemake.wildcards
settings = {name: value for name, value in snakemake.params.items() if name != "code"}
data = {"training_set": w.training_set, "miner": w.miner, "files": i.pairs, "duplicates": i.duplicates}
settings["encoding"] = settings["encoding"] and EncodingSettings(**settings["encoding"])
outputs = {"negatives_out": o.negatives, "counts_out": o.counts}
with log_to(snakemake.log[0]):
    mine_negatives(threads=snakemake.threads, **outputs, **data, **settings)
