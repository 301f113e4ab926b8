"""Reads: the files of bitext corpora, and benchmarks. Writes: results/bitext/{corpus}/."""


rule read_bitext:
    """Read a corpus of parallel sentences, drop the texts that fail a quality filter, and count them."""
    input:
        files=from_outside(plan.bitext.inputs),
    output:
        sentences="results/bitext/{corpus}/sentences.parquet",
        dropped="results/bitext/{corpus}/dropped.parquet",
        counts="results/bitext/{corpus}/counts.json",
    log:
        "<logs>/read_bitext/{corpus}.log",
    benchmark:
        "<benchmarks>/read_bitext/{corpus}.tsv"
    wildcard_constraints:
        corpus=one_of(plan.bitext.corpora),
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(240, per_mb=0.5),
    params:
        file_format=setting(CONFIG.corpora, "corpus", "format"),
        groups=plan.bitext.groups,
        options=plan.bitext.options,
        code=code_digest("read_bitext"),
    script:
        "../scripts/read_bitext.py"


rule check_bitext:
    """List the sentences of a bitext corpus that are also in a benchmark; stop the run if it is the benchmark."""
    input:
        sentences="results/bitext/{corpus}/sentences.parquet",
        validation=plan.corpora.validation,
        benchmarks=expand("results/benchmarks/{benchmark}/counts.json", benchmark=plan.evaluation.benchmarks),
        tables=ancient(expand(TABLES, benchmark=plan.evaluation.benchmarks)),
    output:
        overlap="results/bitext/{corpus}/overlap.parquet",
        counts="results/bitext/{corpus}/overlap.json",
    log:
        "<logs>/check_bitext/{corpus}.log",
    benchmark:
        "<benchmarks>/check_bitext/{corpus}.tsv"
    wildcard_constraints:
        corpus=one_of(plan.bitext.corpora),
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000, per_mb=1),
        runtime=growing(240, per_mb=0.5),
    params:
        names=list(plan.evaluation.benchmarks),
        code=code_digest("check_bitext"),
    script:
        "../scripts/check_bitext.py"
