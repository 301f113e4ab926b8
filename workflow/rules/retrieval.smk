"""Reads: models, benchmarks and texts to fit debiasing on. Writes: results/fitting/, results/embeddings/, results/indexes/
and results/searches/."""


rule build_fitting_text:
    """Sample the texts that debiasing is fitted on from the calibration corpus; none is a benchmark's."""
    input:
        files=plan.evaluation.fitting_inputs,
        overlap=plan.evaluation.fitting_overlap,
    output:
        queries="results/fitting/{fitting}/queries.parquet",
        candidates="results/fitting/{fitting}/candidates.parquet",
        counts="results/fitting/{fitting}/counts.json",
    log:
        "<logs>/build_fitting_text/{fitting}.log",
    benchmark:
        "<benchmarks>/build_fitting_text/{fitting}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000, per_mb=1),
        runtime=growing(60, per_mb=0.1),
    params:
        file_format=setting(plan.evaluation.fitting, "fitting", "file_format"),
        sources=setting(plan.evaluation.fitting, "fitting", "sources"),
        languages=setting(plan.evaluation.fitting, "fitting", "languages"),
        left_out=setting(plan.evaluation.fitting, "fitting", "left_out"),
        texts=CONFIG.evaluation.calibration_texts,
        seed=CONFIG.seeds[0],
        code=code_digest("build_fitting_text"),
    script:
        "../scripts/build_fitting_text.py"


rule encode_shard:
    """Encode one of several shards of a benchmark with one model."""
    input:
        model=plan.evaluation.manifest,
        folder=ancient(folders_of(plan.evaluation.manifest)),
        queries=plan.evaluation.queries,
        candidates=plan.evaluation.candidates,
        checked=ancient(plan.evaluation.checked_with_texts),
    output:
        # Joined, they are not needed any more, and are as large as what they are joined to.
        manifest=temp("results/embeddings/{model}/{benchmark}/shard-{shard}/manifest.json"),
        folder=temp(directory("results/embeddings/{model}/{benchmark}/shard-{shard}")),
    log:
        "<logs>/encode_shard/{model}/{benchmark}/{shard}.log",
    benchmark:
        "<benchmarks>/encode_shard/{model}/{benchmark}/{shard}.tsv"
    wildcard_constraints:
        model=one_of(plan.evaluation.encoders),
        shard=one_of(plan.evaluation.shards),
    conda:
        "../../envs/train.yaml"
    threads: 8
    resources:
        mem_mb=growing(8000, per_mb=0.25),
        runtime=growing(240, per_mb=0.1),
        gpu=1,
    params:
        encoding=plan.evaluation.encoding,
        shards=CONFIG.encoding.shards,
        work=plan.places.kept("results/work/encode_shard/{model}/{benchmark}/{shard}"),
        code=code_digest("encode_shard"),
    script:
        "../scripts/encode_shard.py"


rule encode_texts:
    """Encode the queries and candidates of a benchmark, or the calibration texts, with one model; or join shards."""
    input:
        model=plan.evaluation.manifest,
        folder=ancient(folders_of(plan.evaluation.manifest)),
        queries=plan.evaluation.queries,
        candidates=plan.evaluation.candidates,
        checked=ancient(plan.evaluation.checked_with_texts),
        shards=plan.evaluation.shards_of,
        parts=ancient(folders_of(plan.evaluation.shards_of)),
    output:
        queries="results/embeddings/{model}/{benchmark}/queries.npy",
        candidates="results/embeddings/{model}/{benchmark}/candidates.npy",
        counts="results/embeddings/{model}/{benchmark}/counts.json",
    log:
        "<logs>/encode_texts/{model}/{benchmark}.log",
    benchmark:
        "<benchmarks>/encode_texts/{model}/{benchmark}.tsv"
    wildcard_constraints:
        model=one_of(plan.evaluation.encoders),
        benchmark=one_of(plan.evaluation.encoded_texts),
    conda:
        "../../envs/train.yaml"
    threads: plan.evaluation.encoding_threads
    resources:
        mem_mb=growing(8000, per_mb=0.25),
        runtime=growing(240, per_mb=0.1),
        gpu=plan.evaluation.encoding_gpus,
    params:
        encoding=plan.evaluation.encoding,
        # Not an output: a failed job's outputs are deleted, and a rerun is to go on from here.
        work=plan.places.kept("results/work/encode_texts/{model}/{benchmark}"),
        code=code_digest("encode_texts"),
    script:
        "../scripts/encode_texts.py"


rule encode_translations:
    """Encode the translated queries of a benchmark with one model."""
    input:
        model=plan.evaluation.manifest,
        folder=ancient(folders_of(plan.evaluation.manifest)),
        queries="results/queries/{benchmark}/{translator}.parquet",
    output:
        "results/embeddings/{model}/{benchmark}/queries-{translator}.npy",
    log:
        "<logs>/encode_translations/{model}/{benchmark}/{translator}.log",
    benchmark:
        "<benchmarks>/encode_translations/{model}/{benchmark}/{translator}.tsv"
    wildcard_constraints:
        model=one_of(plan.evaluation.encoders),
    conda:
        "../../envs/train.yaml"
    threads: 8
    resources:
        mem_mb=growing(8000, per_mb=0.25),
        runtime=growing(240, per_mb=0.1),
        gpu=1,
    params:
        encoding=plan.evaluation.encoding,
        work=plan.places.kept("results/work/encode_translations/{model}/{benchmark}/{translator}"),
        code=code_digest("encode_translations"),
    script:
        "../scripts/encode_translations.py"


rule debias_embeddings:
    """Remove language-specific components from embeddings, without training."""
    input:
        queries="results/embeddings/{model}/{benchmark}/queries.npy",
        candidates="results/embeddings/{model}/{benchmark}/candidates.npy",
        counts="results/embeddings/{model}/{benchmark}/counts.json",
        benchmark="results/benchmarks/{benchmark}/counts.json",
        tables=ancient(TABLES),
        fitting_tables=plan.evaluation.fitting_tables,
        fitting_vectors=plan.evaluation.fitting_vectors,
    output:
        queries="results/embeddings/{model}+{debias}/{benchmark}/queries.npy",
        candidates="results/embeddings/{model}+{debias}/{benchmark}/candidates.npy",
    log:
        "<logs>/debias_embeddings/{model}+{debias}/{benchmark}.log",
    benchmark:
        "<benchmarks>/debias_embeddings/{model}+{debias}/{benchmark}.tsv"
    wildcard_constraints:
        model=one_of(plan.evaluation.encoders),
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000, per_mb=3, mapped=".npy"),
        runtime=growing(60, per_mb=0.05),
    params:
        method=setting(plan.evaluation.debiasing, "debias", "method"),
        rank=setting(plan.evaluation.debiasing, "debias", "rank"),
        source=plan.evaluation.shift_source,
        missing=CONFIG.evaluation.calibration_missing,
        code=code_digest("debias_embeddings"),
    script:
        "../scripts/debias_embeddings.py"


rule build_indexes:
    """Build a FAISS index for every candidate pool: each language's, and all languages at once."""
    input:
        candidates="results/embeddings/{model}/{benchmark}/candidates.npy",
        benchmark="results/benchmarks/{benchmark}/counts.json",
        tables=ancient(TABLES),
    output:
        manifest="results/indexes/{model}/{benchmark}/manifest.json",
        folder=directory("results/indexes/{model}/{benchmark}"),
    log:
        "<logs>/build_indexes/{model}/{benchmark}.log",
    benchmark:
        "<benchmarks>/build_indexes/{model}/{benchmark}.tsv"
    conda:
        "../../envs/evaluate.yaml"
    threads: CONFIG.evaluation.index.threads
    resources:
        mem_mb=growing(4000, per_mb=3),
        runtime=growing(60, per_mb=0.05),
    params:
        index=CONFIG.evaluation.index.model_dump(),
        code=code_digest("build_indexes"),
    script:
        "../scripts/build_indexes.py"


rule search_indexes:
    """Search every pool with its index, and measure its recall against exact search."""
    input:
        queries="results/embeddings/{model}/{benchmark}/queries.npy",
        candidates="results/embeddings/{model}/{benchmark}/candidates.npy",
        indexes="results/indexes/{model}/{benchmark}/manifest.json",
        folder=ancient("results/indexes/{model}/{benchmark}"),
        benchmark="results/benchmarks/{benchmark}/counts.json",
        tables=ancient(TABLES),
    output:
        "results/searches/{model}/{benchmark}.json",
    log:
        "<logs>/search_indexes/{model}/{benchmark}.log",
    benchmark:
        "<benchmarks>/search_indexes/{model}/{benchmark}.tsv"
    conda:
        "../../envs/evaluate.yaml"
    threads: 2
    resources:
        mem_mb=growing(4000, per_mb=3),
        runtime=growing(120, per_mb=0.05),
    params:
        seed=CONFIG.seeds[0],
        code=code_digest("search_indexes"),
    script:
        "../scripts/search_indexes.py"
