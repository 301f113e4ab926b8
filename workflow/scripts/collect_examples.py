"""Adapter of the rule collect_examples."""

from pathlib import Path

from equilingual.evaluation import collect_examples
from equilingual.logs import log_to

i, p = snakemake.input, snakemake.params
runs = {model: Path(manifest).parent for model, manifest in zip(p.models, i.runs, strict=True)}
given = {"bases": p.bases, "questions": p.questions, "seed": p.seed, "benchmark": Path(i.benchmark).parent}
with log_to(snakemake.log[0]):
    collect_examples(name=snakemake.wildcards.benchmark, runs=runs, out=snakemake.output[0], **given)
