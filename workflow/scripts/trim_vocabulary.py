"""Adapter of the rule trim_vocabulary."""

from pathlib import Path

from equilingual.encoders import trim_vocabulary
from equilingual.logs import log_to

i, name = snakemake.input, snakemake.wildcards.encoder
whole, folder = Path(i.whole).parent, Path(snakemake.output.manifest).parent
texts = {"pairs": i.pairs, "queries": i.queries, "candidates": i.candidates, "bitext": i.bitext}
asked = {"min_count": snakemake.params.min_count, "threads": snakemake.threads}
with log_to(snakemake.log[0]):
    trim_vocabulary(encoder=name, whole=whole, folder=folder, **texts, **asked)
