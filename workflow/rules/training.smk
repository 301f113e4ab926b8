"""Reads: encoders, texts to distil them on and to trim them to, and batches. Writes: results/encoders/, results/models/ and results/histories/."""


rule prepare_encoder:
    """Save an encoder from any source as a sentence-transformers directory with its prompts."""
    input:
        from_outside(plan.encoders.inputs),
    output:
        # The weights of a routed encoder (Router) are in folders of its own: the manifest names all files.
        manifest="results/encoders/{encoder}/manifest.json",
        folder=directory("results/encoders/{encoder}"),
    log:
        "<logs>/prepare_encoder/{encoder}.log",
    benchmark:
        "<benchmarks>/prepare_encoder/{encoder}.tsv"
    wildcard_constraints:
        encoder=one_of(plan.encoders.prepared),
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(60),
    params:
        encoder=plan.encoders.name,
        settings=plan.encoders.settings,
        members=plan.encoders.members,
        train=plan.encoders.is_checked_for_training,
        code=code_digest("prepare_encoder"),
    script:
        "../scripts/prepare_encoder.py"


rule distil_encoder:
    """Train an encoder with fewer layers to give the vectors of the whole one; a killed run resumes."""
    input:
        teacher=plan.encoders.teacher,
        model=ancient(folders_of(plan.encoders.teacher)),
        pairs=plan.encoders.distilling_pairs,
        # No benchmark's texts are distilled on. The checks must have passed; their files are not read here.
        overlaps=ancient(plan.encoders.distilling_overlaps),
    output:
        manifest="results/encoders/{encoder}/manifest.json",
        folder=directory("results/encoders/{encoder}"),
        weights="results/encoders/{encoder}/model.safetensors",
    log:
        "<logs>/distil_encoder/{encoder}.log",
    benchmark:
        "<benchmarks>/distil_encoder/{encoder}.tsv"
    wildcard_constraints:
        encoder=one_of(plan.encoders.distilled),
    conda:
        "../../envs/train.yaml"
    threads: 8
    resources:
        mem_mb=growing(12000),
        runtime=growing(240, per_mb=5),
        gpu=1,
    params:
        encoder=plan.encoders.distilled_name,
        layers=plan.encoders.layers,
        settings=plan.encoders.distillation,
        # Not an output: a failed job's outputs are deleted, and a rerun is to resume from here.
        checkpoints=plan.places.kept("results/work/distil_encoder/{encoder}"),
        code=code_digest("distil_encoder"),
    script:
        "../scripts/distil_encoder.py"


rule trim_vocabulary:
    """Drop vocabulary entries of an encoder that never occur in the texts to train and score on."""
    input:
        whole="results/encoders/{encoder}+whole/manifest.json",
        model=ancient("results/encoders/{encoder}+whole"),
        pairs=plan.encoders.trimming_pairs,
        queries=plan.encoders.trimming_queries,
        candidates=plan.encoders.trimming_candidates,
        bitext=plan.encoders.trimming_bitext,
    output:
        manifest="results/encoders/{encoder}/manifest.json",
        folder=directory("results/encoders/{encoder}"),
        weights="results/encoders/{encoder}/model.safetensors",
    log:
        "<logs>/trim_vocabulary/{encoder}.log",
    benchmark:
        "<benchmarks>/trim_vocabulary/{encoder}.tsv"
    wildcard_constraints:
        encoder=one_of(plan.encoders.trimmed),
    conda:
        "../../envs/train.yaml"
    threads: 8
    resources:
        mem_mb=growing(8000, per_mb=1),
        runtime=growing(60, per_mb=1),
    params:
        min_count=plan.encoders.trimming_count,
        code=code_digest("trim_vocabulary"),
    script:
        "../scripts/trim_vocabulary.py"


rule train_encoder:
    """Fine-tune an encoder on one experiment's batches; a killed run resumes from its checkpoint."""
    input:
        batches=plan.experiments.batches,
        # The audit must have passed; its file is not read here.
        audit=ancient(plan.experiments.audit),
        encoder=plan.experiments.encoder,
        model=ancient(folders_of(plan.experiments.encoder)),
        validation=plan.corpora.validation,
        sentences=plan.bitext.unlabelled,
        overlaps=plan.bitext.unlabelled_overlaps,
    output:
        manifest="results/models/{experiment}/manifest.json",
        folder=directory("results/models/{experiment}"),
        weights="results/models/{experiment}/model.safetensors",
        history="results/histories/{experiment}.jsonl",
        checksum="results/histories/{experiment}.jsonl.sha256",
    log:
        "<logs>/train_encoder/{experiment}.log",
    benchmark:
        "<benchmarks>/train_encoder/{experiment}.tsv"
    wildcard_constraints:
        experiment=one_of(plan.experiments.by_name),
    conda:
        "../../envs/train.yaml"
    threads: 8
    resources:
        mem_mb=growing(12000),
        runtime=growing(240, per_mb=2.5),
        gpu=plan.experiments.processes,
    params:
        encoder=setting(plan.experiments.by_name, "experiment", "encoder"),
        settings=plan.experiments.settings,
        origin=plan.experiments.origin,
        seed=setting(plan.experiments.by_name, "experiment", "seed"),
        # Not an output: a failed job's outputs are deleted, and a rerun is to resume from here.
        checkpoints=plan.places.kept("results/work/train_encoder/{experiment}"),
        tensorboard=plan.places.kept("results/tensorboard/{experiment}"),
        code=code_digest("train_encoder"),
    script:
        "../scripts/train_encoder.py"


rule average_seeds:
    """Average the weights of all seeds of an experiment; the average is a model of its own."""
    input:
        members=plan.experiments.averaged,
        models=ancient(folders_of(plan.experiments.averaged)),
    output:
        manifest="results/models/{experiment}/manifest.json",
        folder=directory("results/models/{experiment}"),
        weights="results/models/{experiment}/model.safetensors",
    log:
        "<logs>/average_seeds/{experiment}.log",
    benchmark:
        "<benchmarks>/average_seeds/{experiment}.tsv"
    wildcard_constraints:
        experiment=one_of(plan.experiments.averages),
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=growing(12000),
        runtime=growing(30),
    params:
        origin=plan.experiments.origin,
        code=code_digest("average_seeds"),
    script:
        "../scripts/average_seeds.py"
