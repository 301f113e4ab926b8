"""Adapter of the rule read_corpus."""

from equilingual.corpora import read_corpus
from equilingual.logs import log_to

i, o, p, w = snakemake.input, snakemake.output, snakemake.params, snakemake.wildcards
what = {"corpus": w.corpus, "language": w.language, "file_format": p.file_format}
files = {role: list(paths) for role, paths in i.items()}
with log_to(snakemake.log[0]):
    read_corpus(**what, **p.options, files=files, pairs_out=o.pairs, counts_out=o.counts)
