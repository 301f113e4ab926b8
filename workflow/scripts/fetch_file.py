"""Adapter of the rule fetch_file."""

from equilingual.fetch import fetch_file
from equilingual.logs import log_to

w, p = snakemake.wildcards, snakemake.params
with log_to(snakemake.log[0]):
    fetch_file(path=w.path, url=p.url, sha256=p.sha256, mirror=p.mirror, out=snakemake.output[0])
