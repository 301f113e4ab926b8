"""Adapter of the rule build_benchmark."""

from pathlib import Path

from equilingual.evaluation import build_benchmark, files_by_role
from equilingual.logs import log_to

i, o, p = snakemake.input, snakemake.output, snakemake.params
about = {"name": snakemake.wildcards.benchmark, "kind": p.kind, "licence": p.licence, "expected": p.expected}
with log_to(snakemake.log[0]):
    build_benchmark(**about, **p.options, files=files_by_role(list(i), p.layout), out=Path(o.counts).parent)
