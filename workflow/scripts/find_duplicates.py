"""Adapter of the rule find_duplicates."""

from equilingual.corpora.duplicates import find_duplicates
from equilingual.logs import log_to

i, o, p, name = snakemake.input, snakemake.output, snakemake.params, snakemake.wildcards.training_set
data = {"files": i.pairs, "corpora": p.corpora, "languages": p.languages, "source": p.source}
with log_to(snakemake.log[0]):
    find_duplicates(training_set=name, near_duplicates=p.near_duplicates, out=o.pairs, counts_out=o.counts, **data)
