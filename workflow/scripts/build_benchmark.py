"""Adapter of the rule build_benchmark."""

from pathlib import Path

from equilingual.evaluation import build_benchmark
from equilingual.logs import log_to

i, o, p = snakemake.input, snakemake.output, snakemake.params
sources = list(i) if p.kind == "lareqa" else [Path(file).parent for file in i[:-1:2]]
files = {"files": dict(zip(p.languages, sources, strict=True)), "qrels": None if p.kind == "lareqa" else i[-1]}
settings = {"kind": p.kind, "candidate_text": p.candidate_text, "licence": p.licence, "expected": p.expected}
with log_to(snakemake.log[0]):
    build_benchmark(name=snakemake.wildcards.benchmark, out=Path(o.counts).parent, **files, **settings)
