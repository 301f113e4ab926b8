"""Adapter of the rule rank_block."""

from pathlib import Path

from equilingual.evaluation import rank_block
from equilingual.logs import log_to
from equilingual.retrieval.systems import SystemSpec, VectorFiles
from equilingual.shares import Share

i, p = snakemake.input, snakemake.params
translations, vectors = [*i.translations, None, None][:2]
files = VectorFiles(*i.vectors, translations=vectors) if i.vectors else None
system = SystemSpec(files, p.lexical, p.merge, p.fusion, translations)
asked = {"benchmark": Path(i.benchmark).parent, "system": system, "runs": p.runs, "gpu": p.gpu, "depth": p.depth}
share = Share(int(snakemake.wildcards.block), p.blocks)
with log_to(snakemake.log[0]):
    rank_block(**asked, share=share, threads=snakemake.threads, out=snakemake.output[0])
