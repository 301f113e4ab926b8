"""Adapter of the rule collect_examples."""

from pathlib import Path

from equilingual.evaluation import collect_examples
from equilingual.logs import log_to

i, p, w = snakemake.input, snakemake.params, snakemake.wildcards
folders = {"runs": Path(i.runs).parent, "benchmark": Path(i.benchmark).parent}
with log_to(snakemake.log[0]):
    collect_examples(model=w.model, name=w.benchmark, questions=p.questions, out=snakemake.output[0], **folders)
