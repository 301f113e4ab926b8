"""Adapter of the rule render_report."""

from equilingual.logs import log_to
from equilingual.report import render_report

i, p = snakemake.input, snakemake.params
inputs = {name: i.get(name) for name in ("scores", *p.lists)}
intervals = dict(zip(p.scored, i.intervals, strict=True))
histories = dict(zip(p.experiments, i.histories, strict=True))
with log_to(snakemake.log[0]):
    render_report(title=p.title, intervals=intervals, histories=histories, out=snakemake.output[0], **inputs)
