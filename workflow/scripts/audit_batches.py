"""Adapter of the rule audit_batches."""

from equilingual.batching.audit import audit_batches
from equilingual.bitext_files import BitextFiles
from equilingual.config.batch_settings import BatchSettings, CompanionSettings, StrategySettings
from equilingual.logs import log_to
from equilingual.training_sets import TrainingSetFiles

i, p, w = snakemake.input, snakemake.params, snakemake.wildcards
training_set = TrainingSetFiles.of(w.training_set, i.pairs, **p.made_of, **p.selection, duplicates=i.duplicates)
bitext = BitextFiles.of(p.bitext, i.bitext, i.bitext_overlaps)
asked = {"strategy": StrategySettings(**p.strategy), "settings": BatchSettings(**p.settings), "seed": int(w.seed)}
asked |= {"positives": p.positives, "companions": p.companions and CompanionSettings(**p.companions)}
with log_to(snakemake.log[0]):
    audit_batches(manifest=i.manifest, training_set=training_set, bitext=bitext, out=snakemake.output[0], **asked)
