"""Adapter of the rule score_engine."""

from equilingual.config.filters import Filters
from equilingual.logs import log_to
from equilingual.translation.quality import score_engine

p, w = snakemake.params, snakemake.wildcards
what = {"reference": w.reference, "source": w.source, "language": w.language, "engine": p.engine}
what["filters"] = Filters(**p.filters)
files = dict(zip(["source_file", "target_file"], snakemake.input.files, strict=True))
where = {"threads": snakemake.threads, "cache": p.cache, "out": snakemake.output[0]}
with log_to(snakemake.log[0]):
    score_engine(file_format=p.file_format, **what, **files, **where)
