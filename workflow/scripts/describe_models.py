"""Adapter of the rule describe_models."""

from equilingual.evaluation.identities import describe_models
from equilingual.logs import log_to

with log_to(snakemake.log[0]):
    describe_models(models=snakemake.params.models, seen=snakemake.params.seen, out=snakemake.output[0])
