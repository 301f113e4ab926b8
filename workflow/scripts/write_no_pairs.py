"""Adapter of the rule write_no_pairs."""

from equilingual.corpora import write_no_pairs
from equilingual.logs import log_to

with log_to(snakemake.log[0]):
    write_no_pairs(snakemake.output[0])
