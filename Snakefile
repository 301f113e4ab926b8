"""Equilingual: from English question-passage pairs to a report on how a retriever treats every language."""

from snakemake.utils import min_version

min_version("9.19")


include: "workflow/rules/setup.smk"


if not workflow.configfiles or not config:
    check_config_file(ROOT / "config.yaml")

    configfile: ROOT / "config.yaml"


pathvars:
    logs="results/logs",
    benchmarks="results/benchmarks-of-jobs",


include: "workflow/rules/common.smk"


report: "workflow/report/workflow.rst"


rule all:
    """Score every model on every benchmark, compare them and render the report; for a study, answer its question."""
    input:
        plan.studies.targets if plan.studies.name else plan.evaluation.targets,
        # What a reader of the report goes on to use; without these a deleted one would not be missed.
        expand("results/models/{experiment}/manifest.json", experiment=plan.experiments.by_name),
        expand("results/scores/{scored}.parquet", scored=plan.evaluation.scored),


rule translations:
    """Make every translation that is asked for, score its engine, and stop there."""
    input:
        [f"results/translations/{corpus}/{tag}/counts.json" for corpus, tag in CONFIG.made_languages()],
        plan.translation.quality,


rule list_leftovers:
    """List what other configurations left in results/, with sizes; remove nothing."""
    log:
        "<logs>/list_leftovers/leftovers.log",
    localrule: True
    run:
        show_leftovers(log[0], removed=False)


rule remove_leftovers:
    """Remove what list_leftovers lists: models, checkpoints and all else that no name of the configuration is in."""
    log:
        "<logs>/remove_leftovers/leftovers.log",
    localrule: True
    run:
        show_leftovers(log[0], removed=True)


include: "workflow/rules/fetch.smk"
include: "workflow/rules/corpora.smk"
include: "workflow/rules/bitext.smk"
include: "workflow/rules/translation.smk"
include: "workflow/rules/mining.smk"
include: "workflow/rules/batches.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/retrieval.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/export.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/studies.smk"
