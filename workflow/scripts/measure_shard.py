"""Adapter of the rule measure_shard."""

from equilingual.logs import log_to
from equilingual.translation.measure import measure_shard

what = {"source": snakemake.params.source, "language": snakemake.wildcards.language}
with log_to(snakemake.log[0]):
    measure_shard(part=snakemake.input[0], out=snakemake.output[0], **what)
