"""Reads: the corpora's files. Writes: results/corpora/{corpus}/{language}.parquet and results/overlaps/."""


def corpus_file(corpus, language):
    source = CONFIG.corpora[corpus].files[language]
    return f"results/downloads/{source.known}" if source.known else project_path(source.file)


def corpus_inputs(wildcards):
    """Return the language's own file, then the pivot's where the corpus has one."""
    languages = [wildcards.language, *filter(None, [CONFIG.corpora[wildcards.corpus].pivot])]
    return [corpus_file(wildcards.corpus, language) for language in languages]


def corpus_format(wildcards):
    return CONFIG.corpora[wildcards.corpus].format


def corpus_licence(wildcards):
    return CONFIG.corpora[wildcards.corpus].licence


def corpus_languages(wildcards):
    return list(CONFIG.corpora[wildcards.corpus].files)


def corpus_pivot(wildcards):
    return CONFIG.corpora[wildcards.corpus].pivot


def corpus_origin(wildcards):
    return CONFIG.corpora[wildcards.corpus].files[wildcards.language].origin


rule read_corpus:
    """Read one language of a corpus into the canonical table, and count what is dropped."""
    input:
        corpus_inputs,
    output:
        pairs="results/corpora/{corpus}/{language}.parquet",
        counts="results/corpora/{corpus}/{language}.counts.json",
    log:
        "<logs>/read_corpus/{corpus}/{language}.log",
    benchmark:
        "<benchmarks>/read_corpus/{corpus}/{language}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        file_format=corpus_format,
        licence=corpus_licence,
        languages=corpus_languages,
        pivot=corpus_pivot,
        origin=corpus_origin,
        code=code_digest("read_corpus"),
    script:
        "../scripts/read_corpus.py"


rule check_overlap:
    """Stop the run where a training set shares a passage or a question with a benchmark."""
    input:
        pairs=training_set_files,
        benchmarks=expand("results/benchmarks/{benchmark}/counts.json", benchmark=CONFIG.benchmarks),
    output:
        "results/overlaps/{training_set}.json",
    log:
        "<logs>/check_overlap/{training_set}.log",
    benchmark:
        "<benchmarks>/check_overlap/{training_set}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        names=list(CONFIG.benchmarks),
        code=code_digest("check_overlap"),
    script:
        "../scripts/check_overlap.py"
