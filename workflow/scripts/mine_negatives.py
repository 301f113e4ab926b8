"""Adapter of the rule mine_negatives."""

from equilingual.config.encoding import EncodingSettings
from equilingual.config.mining import Mining
from equilingual.logs import log_to
from equilingual.retrieval.mining import mine_negatives
from equilingual.training_sets import TrainingSetFiles

i, o, p, w = snakemake.input, snakemake.output, snakemake.params, snakemake.wildcards
used = p.selection | {"duplicates": i.duplicates}
what = {"training_set": TrainingSetFiles.of(w.training_set, i.pairs, **p.made_of, **used), "language": p.language}
encoding = p.encoding and EncodingSettings(**p.encoding)
how = {"miner": w.miner, "settings": Mining(**p.settings), "encoder": p.encoder, "encoding": encoding}
with log_to(snakemake.log[0]):
    mine_negatives(
        **what, **how, threads=snakemake.threads, work=p.work, negatives_out=o.negatives, counts_out=o.counts
    )
