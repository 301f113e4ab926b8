"""Adapter of the rule average_seeds."""

from pathlib import Path

from equilingual.config.origin import Origin
from equilingual.logs import log_to
from equilingual.training.averaging import average_seeds

members, out = [Path(path).parent for path in snakemake.input.members], Path(snakemake.output.manifest).parent
with log_to(snakemake.log[0]):
    origin = Origin(**snakemake.params.origin)
    average_seeds(experiment=snakemake.wildcards.experiment, members=members, origin=origin, out=out)
