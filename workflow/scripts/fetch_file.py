"""Adapter of the rule fetch_file."""

from equilingual.fetch import fetch_file
from equilingual.logs import log_to

w, p, r = snakemake.wildcards, snakemake.params, snakemake.resources
with log_to(snakemake.log[0]):
    fetch_file(path=w.path, url=p.url, sha256=p.sha256, mirror=r.mirror or None, out=snakemake.output[0])
