"""Adapter of the rule build_benchmark."""

from pathlib import Path

from equilingual.evaluation import build_benchmark
from equilingual.logs import log_to

settings = {name: value for name, value in snakemake.params.items() if name != "code"}
out = Path(snakemake.output.counts).parent
with log_to(snakemake.log[0]):
    build_benchmark(name=snakemake.wildcards.benchmark, files=list(snakemake.input), out=out, **settings)
