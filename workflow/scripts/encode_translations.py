"""Adapter of the rule encode_translations."""

from pathlib import Path

from equilingual.encoders import encode_translations
from equilingual.logs import log_to

i = snakemake.input
settings = {name: value for name, value in snakemake.params.items() if name != "code"}
where = {"model": Path(i.model).parent, "translations": i.queries, "threads": snakemake.threads}
with log_to(snakemake.log[0]):
    encode_translations(out=snakemake.output[0], **where, **settings)
