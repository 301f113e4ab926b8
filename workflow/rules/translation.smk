"""Reads: results/corpora/, benchmarks/. Writes: results/translations/, the pairs of missing languages, and results/queries/."""


rule convert_translator:
    """Convert a Hugging Face translation model to CTranslate2."""
    input:
        from_outside(plan.translation.model_files),
    output:
        manifest="results/translators/{engine}/manifest.json",
        folder=directory("results/translators/{engine}"),
    log:
        "<logs>/convert_translator/{engine}.log",
    benchmark:
        "<benchmarks>/convert_translator/{engine}.tsv"
    conda:
        "../../envs/convert.yaml"
    threads: 1
    resources:
        mem_mb=growing(16000),
        runtime=growing(120),
    params:
        model=plan.translation.model,
        revision=setting(CONFIG.translation.engines, "engine", "revision"),
        quantization=setting(CONFIG.translation.engines, "engine", "quantization"),
        code=code_digest("convert_translator"),
    script:
        "../scripts/convert_translator.py"


rule translate_shard:
    """Translate each distinct text of one shard of a corpus once."""
    input:
        pairs=plan.translation.inputs,
        translators=plan.translation.manifests,
        models=ancient(folders_of(plan.translation.manifests)),
    output:
        "results/translations/{corpus}/{language}/part-{shard}.parquet",
    log:
        "<logs>/translate_shard/{corpus}/{language}/{shard}.log",
    benchmark:
        "<benchmarks>/translate_shard/{corpus}/{language}/{shard}.tsv"
    conda:
        "../../envs/translate.yaml"
    threads: plan.translation.threads
    resources:
        mem_mb=growing(4000, per_mb=1),
        runtime=growing(240, per_mb=10),
        gpu=plan.translation.gpus,
    params:
        engine=plan.translation.engine,
        source=plan.translation.source,
        shards=CONFIG.translation.shards,
        # Not an output: a killed job's outputs are deleted, and other corpora and runs use it too.
        cache=constant(plan.translation.cache),
        code=code_digest("translate_shard"),
    script:
        "../scripts/translate_shard.py"


rule measure_shard:
    """Compute the measures of the quality filters: language, script, length, sentences, repeats, untranslated words."""
    input:
        "results/translations/{corpus}/{language}/part-{shard}.parquet",
    output:
        "results/translations/{corpus}/{language}/measured-{shard}.parquet",
    log:
        "<logs>/measure_shard/{corpus}/{language}/{shard}.log",
    benchmark:
        "<benchmarks>/measure_shard/{corpus}/{language}/{shard}.tsv"
    conda:
        "../../envs/translate.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000, per_mb=1),
        runtime=growing(240, per_mb=1),
    params:
        source=plan.translation.source,
        code=code_digest("measure_shard"),
    script:
        "../scripts/measure_shard.py"


rule merge_translations:
    """Join the translated texts to QA pairs; drop and count pairs that fail a quality filter."""
    input:
        pairs=plan.translation.inputs,
        shards=expand(
            "results/translations/{{corpus}}/{{language}}/measured-{shard}.parquet",
            shard=range(CONFIG.translation.shards),
        ),
        # Not read: where a killed job has lost its shard, the measures of the one before are not to be taken for it.
        translated=expand(
            "results/translations/{{corpus}}/{{language}}/part-{shard}.parquet",
            shard=range(CONFIG.translation.shards),
        ),
    output:
        pairs="results/translations/{corpus}/{language}/pairs.parquet",
        dropped="results/translations/{corpus}/{language}/dropped.parquet",
        samples="results/translations/{corpus}/{language}/samples.json",
        counts="results/translations/{corpus}/{language}/counts.json",
    log:
        "<logs>/merge_translations/{corpus}/{language}.log",
    benchmark:
        "<benchmarks>/merge_translations/{corpus}/{language}.tsv"
    conda:
        "../../envs/translate.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000, per_mb=1),
        runtime=growing(60, per_mb=0.5),
    params:
        engine=plan.translation.engine,
        filters=CONFIG.translation.filters.model_dump(),
        samples=CONFIG.translation.samples,
        code=code_digest("merge_translations"),
    script:
        "../scripts/merge_translations.py"


rule translate_queries:
    """Translate a benchmark's queries into the languages of its candidates (query translation baseline)."""
    input:
        benchmark="results/benchmarks/{benchmark}/counts.json",
        tables=ancient(TABLES),
        translators=plan.translation.named_manifests,
        models=ancient(folders_of(plan.translation.named_manifests)),
    output:
        queries="results/queries/{benchmark}/{translator}.parquet",
        counts="results/queries/{benchmark}/{translator}.json",
    log:
        "<logs>/translate_queries/{benchmark}/{translator}.log",
    benchmark:
        "<benchmarks>/translate_queries/{benchmark}/{translator}.tsv"
    conda:
        "../../envs/translate.yaml"
    threads: plan.translation.named_threads
    resources:
        mem_mb=growing(4000, per_mb=1),
        runtime=growing(240, per_mb=10),
        gpu=plan.translation.named_gpus,
    params:
        engine=plan.translation.named_engine,
        pairs=plan.translation.pairs_of_queries,
        cache=constant(plan.translation.cache),
        code=code_digest("translate_queries"),
    script:
        "../scripts/translate_queries.py"


rule score_engine:
    """Score an engine on human translations: chrF++, BLEU, round trip, and how many fail the quality filters."""
    input:
        files=plan.translation.reference_files,
        translators=plan.translation.named_manifests,
        models=ancient(folders_of(plan.translation.named_manifests)),
    output:
        "results/quality/{reference}/{translator}/{source}/{language}.json",
    log:
        "<logs>/score_engine/{reference}/{translator}/{source}/{language}.log",
    benchmark:
        "<benchmarks>/score_engine/{reference}/{translator}/{source}/{language}.tsv"
    conda:
        "../../envs/translate.yaml"
    threads: plan.translation.named_threads
    resources:
        mem_mb=growing(4000, per_mb=1),
        runtime=growing(240),
        gpu=plan.translation.named_gpus,
    params:
        file_format=plan.translation.reference_format,
        engine=plan.translation.named_engine,
        filters=CONFIG.translation.filters.model_dump(),
        cache=constant(plan.translation.cache),
        code=code_digest("score_engine"),
    script:
        "../scripts/score_engine.py"
