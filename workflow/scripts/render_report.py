"""Adapter of the rule render_report."""

from equilingual.logs import log_to
from equilingual.provenance import package_versions
from equilingual.report import ReportInputs, render_report

i, o, p = snakemake.input, snakemake.output, snakemake.params
names = {"bias": p.scored, "searches": p.indexed, "encodings": p.encoded}
names |= {"histories": p.experiments, "over_seeds": p.over_seeds}
maps = {key: dict(zip(keys, i[key], strict=True)) for key, keys in names.items()}
given = {key: list(files) for key, files in i.items() if key not in {*maps, "checksums"}}
given |= {key: i[key] for key in ("run", "scores", "intervals", "identities", "comparisons")}
given |= {"title": p.title, "index": p.index, "tests": p.tests, "versions": package_versions()}
with log_to(snakemake.log[0]):
    figures = [*o.figures, *o.for_papers, *o.of_training]
    render_report(ReportInputs(**maps, **given), out=o.page, data=o.data, figures=figures)
