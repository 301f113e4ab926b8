"""Adapter of the rule check_bitext."""

from pathlib import Path

from equilingual.corpora.bitext_overlap import check_bitext
from equilingual.logs import log_to

i, o, name = snakemake.input, snakemake.output, snakemake.wildcards.corpus
benchmarks = {name: Path(counts).parent for name, counts in zip(snakemake.params.names, i.benchmarks, strict=True)}
texts = {"sentences": i.sentences, "validation": next(iter(i.validation), None), "benchmarks": benchmarks}
with log_to(snakemake.log[0]):
    check_bitext(corpus=name, **texts, out=o.overlap, counts_out=o.counts)
