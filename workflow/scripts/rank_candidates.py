"""Adapter of the rule rank_candidates."""

from pathlib import Path

from equilingual.evaluation import rank_candidates
from equilingual.logs import log_to
from equilingual.retrieval.systems import SystemSpec, VectorFiles

i, o, p = snakemake.input, snakemake.output, snakemake.params
translations, vectors = [*i.translations, None, None][:2]
files = VectorFiles(*i.vectors, translations=vectors) if i.vectors else None
system = SystemSpec(files, p.lexical, p.merge, p.fusion, translations)
asked = {"benchmark": Path(i.benchmark).parent, "system": system, "runs": p.runs, "gpu": p.gpu, "depth": p.depth}
asked |= {"blocks": i.blocks, "threads": snakemake.threads}
with log_to(snakemake.log[0]):
    rank_candidates(model=snakemake.wildcards.model, **asked, out=o.ranks, out_runs=Path(o.runs).parent)
