"""Adapter of the rule rank_candidates."""

from pathlib import Path

from equilingual.evaluation import rank_candidates
from equilingual.logs import log_to

i, o, p = snakemake.input, snakemake.output, snakemake.params
system = {"vectors": tuple(i.vectors) or None, "lexical": p.lexical, "merge": p.merge, "fusion": p.fusion}
system |= dict(zip(["translations", "translated_vectors"], i.translations, strict=False))
asked = {"benchmark": Path(i.benchmark).parent, "runs": p.runs, "gpu": p.gpu, "depth": p.depth}
asked |= {"blocks": i.blocks, "threads": snakemake.threads}
with log_to(snakemake.log[0]):
    rank_candidates(model=snakemake.wildcards.model, **system, **asked, out=o.ranks, out_runs=Path(o.runs).parent)
