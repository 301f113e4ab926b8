"""Equilingual: from English question-passage pairs to a report on how a retriever treats every language."""

import shlex
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.19")

# The package works from the checkout: nothing needs to be installed but its dependencies.
sys.path.insert(0, str(Path(workflow.basedir) / "src"))

# Snakemake 9.27 runs scripts by this path in a shell and does not quote it: a checkout in "my folder/" would fail.
sys.executable = shlex.quote(sys.executable)

if not workflow.configfiles:

    configfile: Path(workflow.basedir) / "config.yaml"


pathvars:
    logs="results/logs",
    benchmarks="results/benchmarks-of-jobs",


include: "workflow/rules/common.smk"


rule all:
    """Score every model on every benchmark, compare them and render the report."""
    input:
        "results/report.html",
        "results/scores.csv",
        "results/comparisons.csv",
        # What a reader of the report goes on to use; without these a deleted one would not be missed.
        expand("results/models/{experiment}/manifest.json", experiment=EXPERIMENTS),
        expand("results/scores/{scored}.parquet", scored=SCORED),
        expand("results/indexes/{indexed}/manifest.json", indexed=INDEXED),
        expand("results/searches/{indexed}.json", indexed=INDEXED),
        expand("results/runs/{ranking}/manifest.json", ranking=RANKINGS),


rule translations:
    """Make every translation that is asked for, score its engine, and stop there."""
    input:
        [f"results/translations/{corpus}/{tag}/counts.json" for corpus, tag in CONFIG.made_languages()],
        QUALITY,


include: "workflow/rules/fetch.smk"
include: "workflow/rules/corpora.smk"
include: "workflow/rules/translation.smk"
include: "workflow/rules/mining.smk"
include: "workflow/rules/batches.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/retrieval.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/export.smk"
include: "workflow/rules/report.smk"
