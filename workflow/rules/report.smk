"""Reads: everything. Writes: results/examples/, results/run.json, results/report.html and results/report.json."""


rule collect_examples:
    """Collect questions with what every model has first among all languages."""
    input:
        runs=expand("results/runs/{model}/{{benchmark}}/manifest.json", model=plan.evaluation.shown),
        folders=ancient(expand("results/runs/{model}/{{benchmark}}", model=plan.evaluation.shown)),
        benchmark="results/benchmarks/{benchmark}/counts.json",
        tables=ancient(TABLES),
    output:
        "results/examples/{benchmark}.json",
    log:
        "<logs>/collect_examples/{benchmark}.log",
    benchmark:
        "<benchmarks>/collect_examples/{benchmark}.tsv"
    localrule: True
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        models=plan.evaluation.shown,
        bases=plan.evaluation.bases,
        questions=CONFIG.evaluation.examples,
        seed=CONFIG.seeds[0],
        code=code_digest("collect_examples"),
    script:
        "../scripts/collect_examples.py"


rule describe_run:
    """Write when, from which commit and configuration, and at what cost the results were made."""
    input:
        "results/scores.csv",
        "results/comparisons.csv",
    output:
        "results/run.json",
    log:
        "<logs>/describe_run/run.log",
    benchmark:
        "<benchmarks>/describe_run/run.tsv"
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
        embeddings=plan.places.placed("results/embeddings"),
        networks=[plan.places.placed("results/encoders"), plan.places.placed("results/models")],
        own=lambda wildcards: own_jobs(),  # when all rules have been read
        code=code_digest("describe_run"),
    script:
        "../scripts/describe_run.py"


rule render_report:
    """Render the report, one self-contained page."""
    input:
        run="results/run.json",
        scores="results/scores.csv",
        identities="results/models.json",
        comparisons="results/comparisons.csv",
        intervals="results/intervals.csv",
        # Those tables and the histories are checked with the hashes in the files beside them.
        checksums=ancient(
            expand("results/{table}.csv.sha256", table=["scores", "comparisons", "intervals"])
            + expand("results/histories/{experiment}.jsonl.sha256", experiment=plan.experiments.by_name)
        ),
        over_seeds=expand("results/intervals-over-seeds/{scored}.json", scored=plan.evaluation.scored_over_seeds),
        bias=expand("results/bias/{scored}.json", scored=plan.evaluation.scored),
        searches=expand("results/searches/{indexed}.json", indexed=plan.evaluation.indexed),
        examples=expand("results/examples/{benchmark}.json", benchmark=plan.evaluation.ranked),
        queries=plan.evaluation.translated_queries,
        fitting=expand("results/fitting/{fitting}/counts.json", fitting=plan.evaluation.fitting),
        encodings=expand("results/embeddings/{encoded}/counts.json", encoded=plan.evaluation.encoded),
        models=expand("results/models/{experiment}/manifest.json", experiment=plan.experiments.models),
        histories=expand("results/histories/{experiment}.jsonl", experiment=plan.experiments.by_name),
        batches=plan.experiments.manifests,
        mined=plan.mining.counts,
        audits=plan.experiments.audits,
        corpora=[f"results/corpora/{corpus}/{tag}.counts.json" for corpus, tag in CONFIG.read_languages()],
        bitext=plan.bitext.counts,
        bitext_overlaps=plan.bitext.overlap_counts,
        translations=[f"results/translations/{corpus}/{tag}/counts.json" for corpus, tag in CONFIG.made_languages()],
        samples=[f"results/translations/{corpus}/{tag}/samples.json" for corpus, tag in CONFIG.made_languages()],
        quality=plan.translation.quality,
        duplicates=expand("results/duplicates/{training_set}.json", training_set=CONFIG.training_sets),
        overlaps=expand("results/overlaps/{training_set}.json", training_set=CONFIG.training_sets),
        benchmarks=expand("results/benchmarks/{benchmark}/counts.json", benchmark=plan.evaluation.benchmarks),
    output:
        page=report(
            "results/report.html",
            caption="../report/report.rst",
            category="Report",
            labels={"page": "All results"},
        ),
        data="results/report.json",
        figures=[
            report(
                f"results/figures/{name}.html",
                caption=f"../report/{name}.rst",
                category="Figures",
                labels={"figure": figure},
            )
            for name, figure in FIGURES.items()
        ],
        for_papers=[
            report(
                f"results/figures/{name}/{benchmark}.{form}",
                caption=f"../report/{name}.rst",
                category="Figures",
                subcategory=benchmark,
                labels={"figure": figure, "form": form},
            )
            for name, figure in FOR_PAPERS.items()
            for benchmark in plan.evaluation.benchmarks
            for form in FORMS
        ],
        of_training=[
            report(
                f"results/figures/{name}.{form}",
                caption=f"../report/{name}.rst",
                category="Figures",
                labels={"figure": figure, "form": form},
            )
            for name, figure in OF_TRAINING.items()
            for form in FORMS
            if plan.experiments.by_name
        ],
    log:
        "<logs>/render_report/report.log",
    benchmark:
        "<benchmarks>/render_report/report.tsv"
    localrule: True
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        title=constant(CONFIG.title),
        scored=plan.evaluation.scored,
        over_seeds=plan.evaluation.scored_over_seeds,
        encoded=plan.evaluation.encoded,
        indexed=plan.evaluation.indexed,
        index=CONFIG.evaluation.index.kind,
        experiments=list(plan.experiments.by_name),
        tests=CONFIG.evaluation.comparisons.model_dump(include={"alpha", "permutations"}),
        code=code_digest("render_report"),
    script:
        "../scripts/render_report.py"


onsuccess:
    # A run for other targets leaves the report as it is, or has none.
    of_study = f"results/studies/{plan.studies.name}/study.json"
    made = [
        path
        for path in ("results/report.html", of_study)
        if any(plan.places.placed(path) in job.output for job in workflow.dag.jobs)
    ]
    if IN_STORAGE:  # the local copies are gone
        for path in made:
            logger.info(for_terminal(f"Written: {in_storage(path).query}"))
    else:
        if "results/report.html" in made:
            for line in ending(
                plan.evaluation.models,
                scores=plan.places.placed("results/scores.csv"),
                report=seen_by_user(plan.places.placed("results/report.html")),
                trained={
                    name: seen_by_user(plan.places.placed(f"results/models/{name}"))
                    for name in plan.experiments.models
                },
            ):
                logger.info(for_terminal(line))
        if of_study in made:
            record = plan.places.placed(of_study)
            for line in study_ending(record, folder=seen_by_user(os.path.dirname(record))):
                logger.info(for_terminal(line))
