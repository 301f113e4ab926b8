"""Reads: the pairs of a training set. Writes: results/batches/{training_set}/{strategy}/seed-{seed}/."""

SHARDS = [f"part-{number:05d}.parquet" for number in range(CONFIG.batches.shards)]


def strategy_share(wildcards):
    labels = {strategy.label: strategy for strategy in CONFIG.batches.strategies}
    return labels[wildcards.strategy].monolingual_share


def training_set_corpora(wildcards):
    return list(CONFIG.training_sets[wildcards.training_set].corpora)


def training_set_languages(wildcards):
    return list(CONFIG.training_sets[wildcards.training_set].languages)


rule build_batches:
    """Plan which pairs and languages meet in a batch, and write the batches to Parquet shards."""
    input:
        pairs=training_set_files,
        # Nothing is trained on what is evaluated.
        overlap="results/overlaps/{training_set}.json",
    output:
        shards=expand("results/batches/{{training_set}}/{{strategy}}/seed-{{seed}}/{shard}", shard=SHARDS),
        manifest="results/batches/{training_set}/{strategy}/seed-{seed}/manifest.json",
    log:
        "<logs>/build_batches/{training_set}/{strategy}/seed-{seed}.log",
    benchmark:
        "<benchmarks>/build_batches/{training_set}/{strategy}/seed-{seed}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        corpora=training_set_corpora,
        languages=training_set_languages,
        monolingual_share=strategy_share,
        batch_size=CONFIG.batches.batch_size,
        batches=CONFIG.batches.batches,
        code=code_digest("build_batches"),
    script:
        "../scripts/build_batches.py"
