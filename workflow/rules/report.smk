"""Reads: everything. Writes: results/examples/ and results/report.html."""


rule collect_examples:
    """Collect a few example questions with their top results among all languages."""
    input:
        runs="results/runs/{model}/{benchmark}/manifest.json",
        benchmark="results/benchmarks/{benchmark}/counts.json",
    output:
        "results/examples/{model}/{benchmark}.json",
    log:
        "<logs>/collect_examples/{model}/{benchmark}.log",
    benchmark:
        "<benchmarks>/collect_examples/{model}/{benchmark}.tsv"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        questions=CONFIG.evaluation.examples,
        code=code_digest("collect_examples"),
    script:
        "../scripts/collect_examples.py"


rule render_report:
    """Render the report, one self-contained page."""
    input:
        scores="results/scores.csv",
        comparisons="results/comparisons.csv",
        intervals=expand("results/intervals/{scored}.json", scored=SCORED),
        bias=expand("results/bias/{scored}.json", scored=SCORED),
        searches=expand("results/searches/{indexed}.json", indexed=INDEXED),
        examples=expand("results/examples/{ranking}.json", ranking=RANKINGS),
        queries=QUERIES,
        fitting=expand("results/fitting/{fitting}/counts.json", fitting=FITTING),
        encodings=expand("results/embeddings/{encoded}/counts.json", encoded=ENCODED),
        models=expand("results/models/{experiment}/manifest.json", experiment=EXPERIMENTS),
        histories=expand("results/histories/{experiment}.jsonl", experiment=EXPERIMENTS),
        batches=sorted({batch_files(experiment)[0] for experiment in EXPERIMENTS.values()}),
        mined=MINED,
        lints=sorted({lint_file(experiment) for experiment in EXPERIMENTS.values()}),
        corpora=[f"results/corpora/{corpus}/{tag}.counts.json" for corpus, tag in CONFIG.read_languages()],
        translations=[f"results/translations/{corpus}/{tag}/counts.json" for corpus, tag in CONFIG.made_languages()],
        samples=[f"results/translations/{corpus}/{tag}/samples.json" for corpus, tag in CONFIG.made_languages()],
        quality=QUALITY,
        duplicates=expand("results/duplicates/{training_set}.json", training_set=CONFIG.training_sets),
        overlaps=expand("results/overlaps/{training_set}.json", training_set=CONFIG.training_sets),
        benchmarks=expand("results/benchmarks/{benchmark}/counts.json", benchmark=BENCHMARKS),
    output:
        "results/report.html",
    log:
        "<logs>/render_report/report.log",
    benchmark:
        "<benchmarks>/render_report/report.tsv"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        title=literal(CONFIG.title),
        scored=SCORED,
        encoded=ENCODED,
        indexed=INDEXED,
        index=CONFIG.evaluation.index.kind,
        experiments=list(EXPERIMENTS),
        code=code_digest("render_report"),
    script:
        "../scripts/render_report.py"
