"""Adapter of the rule fetch_file."""

from equilingual.fetch import fetch_file
from equilingual.logs import log_to

p = snakemake.params
where = {"url": p.url.value, "mirror": p.mirror.value or None}
with log_to(snakemake.log[0]):
    fetch_file(path=snakemake.wildcards.path, sha256=p.sha256, out=snakemake.output[0], **where)
