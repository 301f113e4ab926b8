"""Adapter of the rule list_studies."""

from equilingual.logs import log_to
from equilingual.report.studies import list_studies

with log_to(snakemake.log[0]):
    list_studies(snakemake.params.studies, out=snakemake.output[0])
