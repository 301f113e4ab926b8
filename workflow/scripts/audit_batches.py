"""Adapter of the rule audit_batches."""

from equilingual.batching.audit import audit_batches
from equilingual.logs import log_to

i, o, p, w = snakemake.input, snakemake.output, snakemake.params, snakemake.wildcards
names = ("strategy", "negatives", "batch_size", "batches")
asked = {"label": w.strategy, "seed": int(w.seed), **p.sampling, **{name: p[name] for name in names}}
data = {"files": i.pairs, "corpora": p.corpora, "duplicates": i.duplicates}
with log_to(snakemake.log[0]):
    audit_batches(manifest=i.manifest, asked=asked, out=o[0], **data)
