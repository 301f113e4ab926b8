"""Adapter of the rule build_fitting_text."""

from pathlib import Path

from equilingual.logs import log_to
from equilingual.retrieval.debias import build_fitting_text

i, o, name = snakemake.input, snakemake.output, snakemake.wildcards.fitting
settings = {key: value for key, value in snakemake.params.items() if key != "code"}
with log_to(snakemake.log[0]):
    build_fitting_text(name=name, files=i.files, out=Path(o.counts).parent, **settings)
