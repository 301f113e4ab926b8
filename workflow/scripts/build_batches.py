"""Adapter of the rule build_batches."""

from equilingual.batching.shards import build_batches
from equilingual.bitext_files import BitextFiles
from equilingual.config.batch_settings import BatchSettings, CompanionSettings, StrategySettings
from equilingual.logs import log_to
from equilingual.training_sets import TrainingSetFiles

i, o, p, w = snakemake.input, snakemake.output, snakemake.params, snakemake.wildcards
used = p.selection | {"duplicates": i.duplicates}
asked = {"training_set": TrainingSetFiles.of(w.training_set, i.pairs, **p.made_of, **used), "seed": int(w.seed)}
asked |= {"strategy": StrategySettings(**p.strategy), "settings": BatchSettings(**p.settings), "positives": p.positives}
asked |= {"companions": p.companions and CompanionSettings(**p.companions), "variant": p.variant}
bitext = BitextFiles.of(p.bitext, i.bitext, i.bitext_overlaps)
with log_to(snakemake.log[0]):
    build_batches(mined=i.mined, bitext=bitext, shards=o.shards, manifest=o.manifest, **asked)
