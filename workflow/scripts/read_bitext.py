"""Adapter of the rule read_bitext."""

from equilingual.config.filters import BitextFilters
from equilingual.corpora.bitext import read_bitext
from equilingual.logs import log_to

i, o, p = snakemake.input, snakemake.output, snakemake.params
files = iter(i.files)
groups = [(name, languages, [next(files) for _ in range(count)]) for name, languages, count in p.groups]
given = p.options | {"filters": BitextFilters(**p.options["filters"]), "file_format": p.file_format, "groups": groups}
written = {"sentences_out": o.sentences, "dropped_out": o.dropped, "counts_out": o.counts}
with log_to(snakemake.log[0]):
    read_bitext(corpus=snakemake.wildcards.corpus, **given, **written)
