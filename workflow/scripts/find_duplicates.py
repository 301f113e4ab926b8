"""Adapter of the rule find_duplicates."""

from equilingual.config.duplicates import NearDuplicates
from equilingual.corpora.duplicates import find_duplicates
from equilingual.logs import log_to
from equilingual.training_sets import TrainingSetFiles

i, o, p, w = snakemake.input, snakemake.output, snakemake.params, snakemake.wildcards
training_set = TrainingSetFiles.of(w.training_set, i.pairs, **p.made_of)
near = NearDuplicates(**p.near_duplicates) if p.near_duplicates else None
with log_to(snakemake.log[0]):
    find_duplicates(training_set=training_set, source=p.source, near_duplicates=near, out=o.pairs, counts_out=o.counts)
