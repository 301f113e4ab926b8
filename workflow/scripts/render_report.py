"""Adapter of the rule render_report."""

from equilingual.logs import log_to
from equilingual.provenance import package_versions
from equilingual.report import render_report

i, p = snakemake.input, snakemake.params
maps = {"intervals": dict(zip(p.scored, i.intervals, strict=True))}
maps["encodings"] = dict(zip(p.encoded, i.encodings, strict=True))
maps["histories"] = dict(zip(p.experiments, i.histories, strict=True))
lists = {name: list(files) for name, files in i.items() if name not in {"scores", "comparisons", *maps}}
tables = {"scores": i.scores, "comparisons": i.comparisons}
with log_to(snakemake.log[0]):
    render_report(title=p.title, versions=package_versions(), out=snakemake.output[0], **tables, **maps, **lists)
