"""Reads: encoders, texts to trim them to, and batches. Writes: results/encoders/, results/models/ and results/histories/."""


rule prepare_encoder:
    """Save an encoder from any source as a sentence-transformers directory with its prompts."""
    input:
        encoder_inputs,
    output:
        # The weights of a routed encoder (Router) are in folders of its own: the manifest names all files.
        manifest="results/encoders/{encoder}/manifest.json",
    log:
        "<logs>/prepare_encoder/{encoder}.log",
    benchmark:
        "<benchmarks>/prepare_encoder/{encoder}.tsv"
    wildcard_constraints:
        encoder=one_of(PREPARED),
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=6000,
        runtime=60,
    params:
        encoder=encoder_name,
        source=setting(PREPARED, "encoder", "source"),
        path=encoder_path,
        revision=setting(PREPARED, "encoder", "revision"),
        pooling=setting(PREPARED, "encoder", "pooling"),
        query_prompt=setting(PREPARED, "encoder", "query_prompt"),
        passage_prompt=setting(PREPARED, "encoder", "passage_prompt"),
        similarity=setting(PREPARED, "encoder", "similarity"),
        query_length=setting(PREPARED, "encoder", "query_length"),
        passage_length=setting(PREPARED, "encoder", "passage_length"),
        members=packaged_encoder()["members"],
        code=code_digest("prepare_encoder"),
    script:
        "../scripts/prepare_encoder.py"


rule trim_vocabulary:
    """Drop vocabulary entries of an encoder that never occur in the texts to train and score on."""
    input:
        whole="results/encoders/{encoder}+whole/manifest.json",
        pairs=trimming_pairs,
        queries=trimming_queries,
        candidates=trimming_candidates,
    output:
        manifest="results/encoders/{encoder}/manifest.json",
        weights="results/encoders/{encoder}/model.safetensors",
    log:
        "<logs>/trim_vocabulary/{encoder}.log",
    benchmark:
        "<benchmarks>/trim_vocabulary/{encoder}.tsv"
    wildcard_constraints:
        encoder=one_of(TRIMMED),
    conda:
        "../../envs/train.yaml"
    threads: 8
    resources:
        mem_mb=8000,
        runtime="1d",
    params:
        min_count=trimming_count,
        code=code_digest("trim_vocabulary"),
    script:
        "../scripts/trim_vocabulary.py"


rule train_encoder:
    """Fine-tune an encoder on one experiment's batches; a killed run resumes from its checkpoint."""
    input:
        batches=experiment_batches,
        # The audit must have passed; its file is not read here.
        lint=ancient(experiment_lint),
        encoder=experiment_encoder,
        validation=VALIDATION,
    output:
        manifest="results/models/{experiment}/manifest.json",
        weights="results/models/{experiment}/model.safetensors",
        history="results/histories/{experiment}.jsonl",
    log:
        "<logs>/train_encoder/{experiment}.log",
    benchmark:
        "<benchmarks>/train_encoder/{experiment}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 8
    resources:
        mem_mb=12000,
        runtime="1d",
        gpu=CONFIG.training.processes,
    params:
        processes=CONFIG.training.processes,
        encoder=setting(EXPERIMENTS, "experiment", "encoder"),
        parameters=experiment_parameters,
        origin=experiment_origin,
        seed=setting(EXPERIMENTS, "experiment", "seed"),
        # Not an output: a failed job's outputs are deleted, and a rerun is to resume from here.
        checkpoints=placed("results/work/train_encoder/{experiment}"),
        tensorboard=placed("results/tensorboard/{experiment}"),
        code=code_digest("train_encoder"),
    script:
        "../scripts/train_encoder.py"
