"""Reads: results/corpora/. Writes: results/translations/{corpus}/{language}/, the pairs of a missing language."""


rule translate_shard:
    """Translate each distinct text that falls into one shard of a corpus, once."""
    input:
        translation_input,
    output:
        "results/translations/{corpus}/{language}/part-{shard}.parquet",
    log:
        "<logs>/translate_shard/{corpus}/{language}/{shard}.log",
    benchmark:
        "<benchmarks>/translate_shard/{corpus}/{language}/{shard}.tsv"
    conda:
        "../../envs/translate.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime="1d",
    params:
        engine=translation("engine"),
        source=translation("source"),
        shards=CONFIG.translation_shards,
        # Not an output: a failed job's outputs are deleted, and a rerun is to go on from here.
        work="results/work/translate_shard/{corpus}/{language}/{shard}.jsonl",
        code=code_digest("translate_shard"),
    script:
        "../scripts/translate_shard.py"


rule merge_translations:
    """Join the translated texts to QA pairs, drop what has no translation, and count it."""
    input:
        pairs=translation_input,
        shards=expand(
            "results/translations/{{corpus}}/{{language}}/part-{shard}.parquet",
            shard=range(CONFIG.translation_shards),
        ),
    output:
        pairs="results/translations/{corpus}/{language}/pairs.parquet",
        counts="results/translations/{corpus}/{language}/counts.json",
    log:
        "<logs>/merge_translations/{corpus}/{language}.log",
    benchmark:
        "<benchmarks>/merge_translations/{corpus}/{language}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        engine=translation("engine"),
        licence=setting(CONFIG.corpora, "corpus", "licence"),
        code=code_digest("merge_translations"),
    script:
        "../scripts/merge_translations.py"
