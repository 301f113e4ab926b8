"""Adapter of the rule build_batches."""

from equilingual.batching.shards import build_batches
from equilingual.logs import log_to

o, p, w = snakemake.output, snakemake.params, snakemake.wildcards
name = {"training_set": w.training_set, "label": w.strategy, "seed": int(w.seed)}
asked = {"strategy": p.strategy, "batch_size": p.batch_size, "batches": p.batches} | p.sampling
data = {"files": snakemake.input.pairs, "corpora": p.corpora, "languages": p.languages}
data |= {"min_languages": p.min_languages, "duplicates": snakemake.input.duplicates}
data |= {"negatives": p.negatives, "mined": snakemake.input.mined}
with log_to(snakemake.log[0]):
    build_batches(shards=o.shards, manifest=o.manifest, **name, **asked, **data)
