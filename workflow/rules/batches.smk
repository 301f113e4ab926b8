"""Reads: the pairs of a training set, and its duplicates. Writes: results/batches/{training_set}/{strategy}/seed-{seed}/."""


rule build_batches:
    """Plan which pairs and languages share a batch, and write the batches to Parquet shards."""
    input:
        pairs=plan.corpora.training_set_pairs,
        duplicates="results/duplicates/{training_set}.parquet",
        mined=plan.mining.mined,
        bitext=plan.bitext.sentences,
        bitext_overlaps=plan.bitext.overlaps,
        # Nothing is trained on what is evaluated. The check must have passed; its file is not read here.
        overlap=ancient("results/overlaps/{training_set}.json"),
    output:
        shards=expand(
            "results/batches/{{training_set}}/{{strategy}}/seed-{{seed}}/{shard}",
            shard=plan.experiments.shards,
        ),
        manifest="results/batches/{training_set}/{strategy}/seed-{seed}/manifest.json",
    log:
        "<logs>/build_batches/{training_set}/{strategy}/seed-{seed}.log",
    benchmark:
        "<benchmarks>/build_batches/{training_set}/{strategy}/seed-{seed}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000, per_mb=1),
        runtime=growing(120, per_mb=0.5),
    params:
        made_of=plan.corpora.made_of,
        selection=plan.corpora.selection,
        strategy=plan.experiments.strategy,
        settings=plan.experiments.batch_settings,
        positives=plan.experiments.positives,
        companions=plan.experiments.companions,
        bitext=plan.bitext.batched,
        variant=plan.experiments.batch_variant,
        code=code_digest("build_batches"),
    script:
        "../scripts/build_batches.py"


rule audit_batches:
    """Audit the written batches against the configuration; any difference stops the run."""
    input:
        manifest="results/batches/{training_set}/{strategy}/seed-{seed}/manifest.json",
        # The manifest's hashes stand for the shards, which are checked against it.
        shards=ancient(
            expand(
                "results/batches/{{training_set}}/{{strategy}}/seed-{{seed}}/{shard}",
                shard=plan.experiments.shards,
            )
        ),
        pairs=plan.corpora.training_set_pairs,
        duplicates="results/duplicates/{training_set}.parquet",
        bitext=plan.bitext.sentences,
        bitext_overlaps=plan.bitext.overlaps,
    output:
        "results/batches/{training_set}/{strategy}/seed-{seed}/audit.json",
    log:
        "<logs>/audit_batches/{training_set}/{strategy}/seed-{seed}.log",
    benchmark:
        "<benchmarks>/audit_batches/{training_set}/{strategy}/seed-{seed}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000, per_mb=1),
        runtime=growing(120, per_mb=0.5),
    params:
        made_of=plan.corpora.made_of,
        selection=plan.corpora.selection,
        strategy=plan.experiments.strategy,
        settings=plan.experiments.batch_settings,
        positives=plan.experiments.positives,
        companions=plan.experiments.companions,
        bitext=plan.bitext.batched,
        code=code_digest("audit_batches"),
    script:
        "../scripts/audit_batches.py"
