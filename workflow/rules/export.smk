"""Reads: models, their scores and benchmarks. Writes, where asked for: results/cards/ and results/exports/."""


rule write_card:
    """Write a trained model's card with its scores and those of the base encoder."""
    input:
        model="results/models/{experiment}/manifest.json",
        models="results/models.json",
        intervals=expand("results/intervals/{{experiment}}/{benchmark}.json", benchmark=plan.evaluation.benchmarks),
        encoder_intervals=plan.experiments.encoder_intervals,
    output:
        "results/cards/{experiment}.md",
        checksum="results/cards/{experiment}.md.sha256",
    log:
        "<logs>/write_card/{experiment}.log",
    benchmark:
        "<benchmarks>/write_card/{experiment}.tsv"
    localrule: True
    conda:
        # That of training has huggingface_hub, whose cards these are.
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        origin=plan.experiments.origin,
        benchmarks=list(plan.evaluation.benchmarks),
        code=code_digest("write_card"),
    script:
        "../scripts/write_card.py"


rule export_encoder:
    """Export a trained model with its card, and compare its vectors with the model's own."""
    input:
        model="results/models/{experiment}/manifest.json",
        folder=ancient("results/models/{experiment}"),
        weights="results/models/{experiment}/model.safetensors",
        card="results/cards/{experiment}.md",
        checksum=ancient("results/cards/{experiment}.md.sha256"),
        queries=f"results/benchmarks/{next(iter(plan.evaluation.benchmarks))}/queries.parquet",
        candidates=f"results/benchmarks/{next(iter(plan.evaluation.benchmarks))}/candidates.parquet",
    output:
        manifest="results/exports/{experiment}/{kind}/manifest.json",
        folder=directory("results/exports/{experiment}/{kind}"),
    log:
        "<logs>/export_encoder/{experiment}/{kind}.log",
    benchmark:
        "<benchmarks>/export_encoder/{experiment}/{kind}.tsv"
    conda:
        "../../envs/export.yaml"
    threads: 4
    resources:
        mem_mb=growing(16000),
        runtime=growing(60),
    params:
        code=code_digest("export_encoder"),
    script:
        "../scripts/export_encoder.py"
