"""Adapter of the rule describe_study."""

from pathlib import Path

from equilingual.logs import log_to
from equilingual.runs import describe_study

i, o, p = snakemake.input, snakemake.output, snakemake.params
with log_to(snakemake.log[0]):
    describe_study(study=i[0], jobs=p.jobs, logs=p.logs, own=p.own, configuration=p.configuration, out=Path(o[0]))
