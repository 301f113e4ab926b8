"""Reads: the corpora's files. Writes: results/corpora/{corpus}/{language}.parquet, results/overlaps/ and duplicates/."""


rule read_corpus:
    """Read one language of a corpus into the canonical table, and count what is dropped."""
    input:
        unpack(from_outside(plan.corpora.inputs)),
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
        mem_mb=growing(2000),
        runtime=growing(240, per_mb=0.5),
    params:
        file_format=setting(CONFIG.corpora, "corpus", "format"),
        options=plan.corpora.options,
        code=code_digest("read_corpus"),
    script:
        "../scripts/read_corpus.py"


rule write_no_pairs:
    """Write an empty canonical table for a language that a corpus may lack (min_languages)."""
    output:
        "results/corpora/no-pairs.parquet",
    log:
        "<logs>/write_no_pairs/write_no_pairs.log",
    benchmark:
        "<benchmarks>/write_no_pairs/write_no_pairs.tsv"
    localrule: True
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=code_digest("write_no_pairs"),
    script:
        "../scripts/write_no_pairs.py"


rule sample_validation:
    """Sample the validation pairs; none shares a text with a training set."""
    input:
        pairs=plan.corpora.validation_pairs,
        trained_on=plan.corpora.trained_pairs,
    output:
        pairs="results/validation/pairs.parquet",
        counts="results/validation/counts.json",
    log:
        "<logs>/sample_validation/sample_validation.log",
    benchmark:
        "<benchmarks>/sample_validation/sample_validation.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000, per_mb=1),
        runtime=growing(60, per_mb=0.1),
    params:
        corpora=CONFIG.validation.corpora if CONFIG.validation else (),
        languages=CONFIG.validation.languages if CONFIG.validation else (),
        pairs=CONFIG.validation.pairs if CONFIG.validation else 0,
        code=code_digest("sample_validation"),
    script:
        "../scripts/sample_validation.py"


rule check_overlap:
    """Stop the run if a training set or the validation pairs share a passage or question with a benchmark."""
    input:
        pairs=plan.corpora.training_set_pairs,
        validation=plan.corpora.validation,
        benchmarks=expand("results/benchmarks/{benchmark}/counts.json", benchmark=plan.evaluation.benchmarks),
        tables=ancient(expand(TABLES, benchmark=plan.evaluation.benchmarks)),
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
        mem_mb=growing(4000, per_mb=1),
        runtime=growing(60, per_mb=0.1),
    params:
        names=list(plan.evaluation.benchmarks),
        code=code_digest("check_overlap"),
    script:
        "../scripts/check_overlap.py"


rule find_duplicates:
    """List the duplicate pairs of a training set, which are left out of all batches."""
    input:
        pairs=plan.corpora.training_set_pairs,
    output:
        pairs="results/duplicates/{training_set}.parquet",
        counts="results/duplicates/{training_set}.json",
    log:
        "<logs>/find_duplicates/{training_set}.log",
    benchmark:
        "<benchmarks>/find_duplicates/{training_set}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000, per_mb=1),
        runtime=growing(240, per_mb=0.5),
    params:
        made_of=plan.corpora.made_of,
        source=setting(CONFIG.training_sets, "training_set", "source"),
        near_duplicates=plan.corpora.near_duplicates,
        code=code_digest("find_duplicates"),
    script:
        "../scripts/find_duplicates.py"
