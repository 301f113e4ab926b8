"""Reads: benchmarks' files, embeddings, indexes. Writes: results/benchmarks/, results/ranks/, results/scores/, scores.csv."""


def benchmark_languages(name):
    benchmark = CONFIG.benchmarks[name]
    return list(benchmark.languages or known_benchmarks()[benchmark.known]["files"])


def benchmark_inputs(wildcards):
    """Return one file per language, or a folder's corpus and queries per language and its relevance judgements."""
    benchmark = CONFIG.benchmarks[wildcards.benchmark]
    languages = benchmark_languages(wildcards.benchmark)
    if benchmark.known:
        files = known_benchmarks()[benchmark.known]["files"]
        return [f"results/downloads/{files[language]['path']}" for language in languages]
    folder = project_path(benchmark.folder)
    texts = [f"{folder}/{language}/{name}.jsonl" for language in languages for name in ("corpus", "queries")]
    return [*texts, f"{folder}/qrels/test.tsv"]


def benchmark_setting(name):
    def setting(wildcards):
        return getattr(CONFIG.benchmarks[wildcards.benchmark], name)

    return setting


def benchmark_tags(wildcards):
    return benchmark_languages(wildcards.benchmark)


def benchmark_licence(wildcards):
    benchmark = CONFIG.benchmarks[wildcards.benchmark]
    return known_benchmarks()[benchmark.known]["licence"] if benchmark.known else benchmark.licence or "unknown"


def benchmark_kind(wildcards):
    return known_benchmarks()[CONFIG.benchmarks[wildcards.benchmark].known]["format"] if CONFIG.benchmarks[wildcards.benchmark].known else "parallel-beir"


def benchmark_counts(wildcards):
    """Return the published (candidates, queries) per language of a known benchmark."""
    known = CONFIG.benchmarks[wildcards.benchmark].known
    if not known:
        return None
    files = known_benchmarks()[known]["files"]
    return {tag: (files[tag]["candidates"], files[tag]["queries"]) for tag in benchmark_languages(wildcards.benchmark)}


def model_description(wildcards):
    return MODELS[wildcards.model].describe()


rule build_benchmark:
    """Build a benchmark's candidates, queries and relevance judgements, and check the published counts."""
    input:
        benchmark_inputs,
    output:
        candidates="results/benchmarks/{benchmark}/candidates.parquet",
        queries="results/benchmarks/{benchmark}/queries.parquet",
        qrels="results/benchmarks/{benchmark}/qrels.parquet",
        counts="results/benchmarks/{benchmark}/counts.json",
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
        kind=benchmark_kind,
        languages=benchmark_tags,
        expected=benchmark_counts,
        candidate_text=benchmark_setting("candidate_text"),
        licence=benchmark_licence,
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
        model=model_description,
        resamples=CONFIG.evaluation.bootstrap_resamples,
        seed=CONFIG.seeds[0],
        code=code_digest("score_model"),
    script:
        "../scripts/score_model.py"


rule collect_scores:
    """Put all figures into one long table."""
    input:
        expand("results/scores/{model}/{benchmark}.parquet", model=MODELS, benchmark=CONFIG.benchmarks),
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
