"""Reads: ranks, results/models.json, manifests of models. Writes: results/studies/."""


rule analyse_study:
    """Answer a study's question: contrasts with intervals and tests, means, and the best levels of its curve."""
    input:
        ranks=plan.studies.ranks,
        identities="results/models.json",
    output:
        record="results/studies/{study}/study.json",
        values="results/studies/{study}/values.csv",
        contrasts="results/studies/{study}/contrasts.csv",
        checksums=[f"results/studies/{{study}}/{table}.csv.sha256" for table in ("values", "contrasts")],
    log:
        "<logs>/analyse_study/{study}.log",
    benchmark:
        "<benchmarks>/analyse_study/{study}.tsv"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000, per_mb=3),
        runtime=growing(60, per_mb=0.1),
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


rule describe_study:
    """Write when, from which commit and configuration, and at what cost a study was run."""
    input:
        "results/studies/{study}/study.json",
    output:
        "results/studies/{study}/run.json",
    log:
        "<logs>/describe_study/{study}.log",
    benchmark:
        "<benchmarks>/describe_study/{study}.tsv"
    localrule: True
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        configuration=constant(shown_configuration(config, workflow.configfiles, ROOT)),
        jobs=plan.places.placed("results/benchmarks-of-jobs"),
        logs=plan.places.placed("results/logs"),
        own=lambda wildcards: own_jobs(),  # when all rules have been read
        code=code_digest("describe_study"),
    script:
        "../scripts/describe_study.py"


rule render_study:
    """Render the page of a study, and its figure for papers."""
    input:
        study="results/studies/{study}/study.json",
        run="results/studies/{study}/run.json",
        identities="results/models.json",
        models=plan.studies.trained,
    output:
        page=report(
            "results/studies/{study}/report.html",
            caption="../report/study.rst",
            category="Studies",
            labels={"study": "{study}", "file": "report"},
        ),
        figures=[
            report(
                f"results/studies/{{study}}/figure.{form}",
                caption="../report/study-figure.rst",
                category="Studies",
                labels={"study": "{study}", "file": f"figure, {form}"},
            )
            for form in FORMS
        ],
    log:
        "<logs>/render_study/{study}.log",
    benchmark:
        "<benchmarks>/render_study/{study}.tsv"
    localrule: True
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_digest("render_study"),
    script:
        "../scripts/render_study.py"


rule list_studies:
    """List all studies of these results on one page, with their answers."""
    input:
        expand("results/studies/{study}/study.json", study=plan.studies.name or []),
    output:
        "results/studies/index.html",
    log:
        "<logs>/list_studies/studies.log",
    benchmark:
        "<benchmarks>/list_studies/studies.tsv"
    localrule: True
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        studies=plan.studies.known,  # those of other configurations are no inputs: no rule of this one makes them
        code=code_digest("list_studies"),
    script:
        "../scripts/list_studies.py"
