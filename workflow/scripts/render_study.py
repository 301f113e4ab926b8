"""Adapter of the rule render_study."""

from equilingual.logs import log_to
from equilingual.report.studies import StudyInputs, render_study

i, o = snakemake.input, snakemake.output
inputs = StudyInputs(study=i.study, identities=i.identities, models=list(i.models), run=i.run)
with log_to(snakemake.log[0]):
    render_study(inputs, out=o.page, figures=list(o.figures))
