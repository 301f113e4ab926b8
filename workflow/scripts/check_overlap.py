"""Adapter of the rule check_overlap."""

from pathlib import Path

from equilingual.corpora import check_overlap
from equilingual.logs import log_to

i, name = snakemake.input, snakemake.wildcards.training_set
benchmarks = {name: Path(counts).parent for name, counts in zip(snakemake.params.names, i.benchmarks, strict=True)}
with log_to(snakemake.log[0]):
    check_overlap(training_set=name, pairs=[*i.pairs, *i.validation], benchmarks=benchmarks, out=snakemake.output[0])
