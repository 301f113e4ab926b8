"""Adapter of the rule write_card."""

from equilingual.config.origin import Origin
from equilingual.exports.cards import write_card
from equilingual.logs import log_to

i, p = snakemake.input, snakemake.params
files = {"model": i.model, "models": i.models, "intervals": i.intervals, "encoder_intervals": i.encoder_intervals}
with log_to(snakemake.log[0]):
    write_card(origin=Origin(**p.origin), benchmarks=p.benchmarks, out=snakemake.output[0], **files)
