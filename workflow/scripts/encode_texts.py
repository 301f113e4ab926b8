"""Adapter of the rule encode_texts."""

from pathlib import Path

from equilingual.config.encoding import EncodingSettings
from equilingual.encoders import encode_texts
from equilingual.logs import log_to

i, o = snakemake.input, snakemake.output
encoding = EncodingSettings(**snakemake.params.encoding)
inputs = {"model": Path(i.model).parent, "benchmark": Path(i.queries).parent}
job = {"threads": snakemake.threads, "work": snakemake.params.work, "shards": [Path(one).parent for one in i.shards]}
outputs = {"queries_out": o.queries, "candidates_out": o.candidates, "counts_out": o.counts}
with log_to(snakemake.log[0]):
    encode_texts(encoding=encoding, **inputs, **job, **outputs)
