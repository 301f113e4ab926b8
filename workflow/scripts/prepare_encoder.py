"""Adapter of the rule prepare_encoder."""

from pathlib import Path

from equilingual.config.encoder_settings import EncoderSettings
from equilingual.encoders import prepare_encoder
from equilingual.logs import log_to

p, folder = snakemake.params, Path(snakemake.output.manifest).parent
packaged = {"wheels": list(snakemake.input), "members": p.members}
settings = EncoderSettings(**p.settings)
with log_to(snakemake.log[0]):
    prepare_encoder(encoder=p.encoder, settings=settings, train=p.train, folder=folder, **packaged)
