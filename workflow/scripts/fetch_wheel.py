"""Adapter of the rule fetch_wheel."""

from equilingual.fetch import fetch_wheel
from equilingual.logs import log_to

with log_to(snakemake.log[0]):
    fetch_wheel(requirement=snakemake.wildcards.wheel, wheels=snakemake.params.wheels, out=snakemake.output[0])
