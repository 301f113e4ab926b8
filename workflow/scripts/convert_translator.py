"""Adapter of the rule convert_translator."""

from equilingual.logs import log_to
from equilingual.translation.engines.ctranslate2 import convert_translator

p = snakemake.params
what = {"model": p.model, "revision": p.revision, "quantization": p.quantization}
with log_to(snakemake.log[0]):
    convert_translator(out_manifest=snakemake.output.manifest, **what)
