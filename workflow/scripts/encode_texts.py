"""Adapter of the rule encode_texts."""

from pathlib import Path

from equilingual.encoders import encode_texts
from equilingual.logs import log_to

i, o = snakemake.input, snakemake.output
settings = {name: value for name, value in snakemake.params.items() if name != "code"}
inputs = {"model": Path(i.model).parent, "benchmark": Path(i.queries).parent, "threads": snakemake.threads}
outputs = {"queries_out": o.queries, "candidates_out": o.candidates, "counts_out": o.counts}
with log_to(snakemake.log[0]):
    encode_texts(**outputs, **inputs, **settings)
