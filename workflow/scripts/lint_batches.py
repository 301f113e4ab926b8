"""Adapter of the rule lint_batches."""

from equilingual.batching.lint import lint_batches
from equilingual.logs import log_to

i, o, p = snakemake.input, snakemake.output, snakemake.params
with log_to(snakemake.log[0]):
    lint_batches(manifest=i.manifest, files=i.pairs, corpora=p.corpora, duplicates=i.duplicates, out=o[0])
