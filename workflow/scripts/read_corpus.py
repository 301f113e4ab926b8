"""Adapter of the rule read_corpus."""

from equilingual.corpora import read_corpus
from equilingual.logs import log_to

i, o, p, w = snakemake.input, snakemake.output, snakemake.params, snakemake.wildcards
kind = {"file_format": p.file_format, "origin": p.origin, "licence": p.licence, "languages": p.languages}
files = {"file": i[0], "pivot": p.pivot, "pivot_file": i[1] if p.pivot else None}
with log_to(snakemake.log[0]):
    read_corpus(corpus=w.corpus, language=w.language, pairs_out=o.pairs, counts_out=o.counts, **kind, **files)
