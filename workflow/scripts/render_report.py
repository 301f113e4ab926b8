"""Adapter of the rule render_report."""

from equilingual.logs import log_to
from equilingual.provenance import package_versions
from equilingual.report import render_report

i, p = snakemake.input, snakemake.params
names = {"intervals": p.scored, "bias": p.scored, "searches": p.indexed, "encodings": p.encoded}
names["histories"] = p.experiments
maps = {key: dict(zip(keys, i[key], strict=True)) for key, keys in names.items()}
rest = {key: list(files) for key, files in i.items() if key not in {"scores", "comparisons", *maps}}
rest |= {"scores": i.scores, "comparisons": i.comparisons, "title": p.title, "index": p.index}
with log_to(snakemake.log[0]):
    o = snakemake.output
    render_report(versions=package_versions(), out=o.page, figures=o.figures, **maps, **rest)
