"""Adapter of the rule encode_translations."""

from pathlib import Path

from equilingual.config.encoding import EncodingSettings
from equilingual.encoders import encode_translations
from equilingual.logs import log_to

i = snakemake.input
encoding = EncodingSettings(**snakemake.params.encoding)
where = {"model": Path(i.model).parent, "translations": i.queries, "threads": snakemake.threads}
with log_to(snakemake.log[0]):
    encode_translations(encoding=encoding, work=snakemake.params.work, out=snakemake.output[0], **where)
