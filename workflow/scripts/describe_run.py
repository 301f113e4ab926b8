"""Adapter of the rule describe_run."""

from pathlib import Path

from equilingual.logs import log_to
from equilingual.runs import describe_run

i, o, p = snakemake.input, snakemake.output, snakemake.params
with log_to(snakemake.log[0]):
    folders = {"jobs": p.jobs, "logs": p.logs, "embeddings": p.embeddings, "networks": p.networks}
    describe_run(results=list(i), **folders, own=p.own, configuration=p.configuration, out=Path(o[0]))
