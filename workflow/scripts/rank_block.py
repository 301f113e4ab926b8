"""Adapter of the rule rank_block."""

from pathlib import Path

from equilingual.evaluation import rank_block
from equilingual.logs import log_to

i, p = snakemake.input, snakemake.params
system = {"vectors": tuple(i.vectors) or None, "lexical": p.lexical, "merge": p.merge, "fusion": p.fusion}
system |= dict(zip(["translations", "translated_vectors"], i.translations, strict=False))
asked = {"benchmark": Path(i.benchmark).parent, "runs": p.runs, "gpu": p.gpu, "depth": p.depth}
share = {"block": int(snakemake.wildcards.block), "blocks": p.blocks, "threads": snakemake.threads}
with log_to(snakemake.log[0]):
    rank_block(**share, **system, **asked, out=snakemake.output[0])
