"""Reads: benchmarks' files, embeddings, indexes. Writes: results/benchmarks/, results/ranks/, results/scores/, scores.csv."""


rule build_benchmark:
    """Build a benchmark's candidates, queries and relevance judgements, and check the published counts."""
    input:
        benchmark_inputs,
    output:
        candidates="results/benchmarks/{benchmark}/candidates.parquet",
        queries="results/benchmarks/{benchmark}/queries.parquet",
        qrels="results/benchmarks/{benchmark}/qrels.parquet",
        counts="results/benchmarks/{benchmark}/counts.json",
        trec="results/benchmarks/{benchmark}/qrels.trec.gz",
    log:
        "<logs>/build_benchmark/{benchmark}.log",
    benchmark:
        "<benchmarks>/build_benchmark/{benchmark}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        kind=setting(BENCHMARKS, "benchmark", "kind"),
        layout=setting(BENCHMARKS, "benchmark", "layout"),
        expected=setting(BENCHMARKS, "benchmark", "expected"),
        options=setting(BENCHMARKS, "benchmark", "options"),
        licence=setting(BENCHMARKS, "benchmark", "licence"),
        code=code_digest("build_benchmark"),
    script:
        "../scripts/build_benchmark.py"


rule rank_relevant:
    """Count the rank of every relevant candidate over the whole of every pool."""
    input:
        queries="results/embeddings/{model}/{benchmark}/queries.npy",
        indexes="results/indexes/{model}/{benchmark}/manifest.json",
        benchmark="results/benchmarks/{benchmark}/counts.json",
    output:
        "results/ranks/{model}/{benchmark}.parquet",
    log:
        "<logs>/rank_relevant/{model}/{benchmark}.log",
    benchmark:
        "<benchmarks>/rank_relevant/{model}/{benchmark}.tsv"
    conda:
        "../../envs/evaluate.yaml"
    threads: 2
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        code=code_digest("rank_relevant"),
    script:
        "../scripts/rank_relevant.py"


rule score_model:
    """Score one model on one benchmark: every query language and pool, with bootstrap intervals."""
    input:
        "results/ranks/{model}/{benchmark}.parquet",
    output:
        scores="results/scores/{model}/{benchmark}.parquet",
        intervals="results/intervals/{model}/{benchmark}.json",
    log:
        "<logs>/score_model/{model}/{benchmark}.log",
    benchmark:
        "<benchmarks>/score_model/{model}/{benchmark}.tsv"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        model=setting(MODELS, "model", "description"),
        resamples=CONFIG.evaluation.bootstrap_resamples,
        seed=CONFIG.seeds[0],
        code=code_digest("score_model"),
    script:
        "../scripts/score_model.py"


rule collect_scores:
    """Put all figures into one long table."""
    input:
        expand(
            "results/scores/{model}/{benchmark}.parquet",
            model=MODELS,
            benchmark=BENCHMARKS,
        ),
    output:
        "results/scores.csv",
    log:
        "<logs>/collect_scores/scores.log",
    benchmark:
        "<benchmarks>/collect_scores/scores.tsv"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code_digest("collect_scores"),
    script:
        "../scripts/collect_scores.py"
