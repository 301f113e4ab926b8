"""Reads: ranks, results/models.json. Writes: results/studies/."""


rule analyse_study:
    """Answer a study's question: contrasts with intervals and tests, means, and the best levels of its curve."""
    input:
        ranks=plan.studies.ranks,
        identities="results/models.json",
    output:
        record="results/studies/{study}/study.json",
        values="results/studies/{study}/values.csv",
        contrasts="results/studies/{study}/contrasts.csv",
    log:
        "<logs>/analyse_study/{study}.log",
    benchmark:
        "<benchmarks>/analyse_study/{study}.tsv"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        study=plan.studies.settings,
        asked={
            "models": plan.studies.models,
            "places": plan.studies.places,
            "figure": plan.studies.figure,
            "alpha": CONFIG.evaluation.comparisons.alpha,
        },
        ranked=plan.studies.ranked,
        draws={
            "permutations": CONFIG.evaluation.comparisons.permutations,
            "resamples": CONFIG.evaluation.bootstrap_resamples,
            "seed": CONFIG.seeds[0],
        },
        code=code_digest("analyse_study"),
    script:
        "../scripts/analyse_study.py"
