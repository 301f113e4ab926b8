"""Adapter of the rule sample_validation."""

from equilingual.corpora.validation import sample_validation
from equilingual.logs import log_to

i, o, p = snakemake.input, snakemake.output, snakemake.params
asked = {"corpora": p.corpora, "languages": p.languages, "pairs": p.pairs}
with log_to(snakemake.log[0]):
    sample_validation(files=i.pairs, trained_on=i.trained_on, pairs_out=o.pairs, counts_out=o.counts, **asked)
