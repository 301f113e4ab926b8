"""Adapter of the rule encode_shard."""

from pathlib import Path

from equilingual.config.encoding import EncodingSettings
from equilingual.encoders import encode_shard
from equilingual.logs import log_to

i, p = snakemake.input, snakemake.params
inputs = {
    "model": Path(i.model).parent,
    "benchmark": Path(i.queries).parent,
    "encoding": EncodingSettings(**p.encoding),
}
job = {"threads": snakemake.threads, "work": p.work, "out": Path(snakemake.output.manifest).parent}
with log_to(snakemake.log[0]):
    encode_shard(shard=int(snakemake.wildcards.shard), shards=p.shards, **inputs, **job)
