"""Functions of the rules: encoders, how they are prepared and trimmed, and models."""


def encoder_inputs(wildcards):
    """Return the files that an encoder is made from: the wheels of the packaged one, or all files of a folder.

    Those of the base model are among an adapter's, where it is a folder, too.
    """
    encoder = PREPARED[wildcards.encoder]
    wheels = [f"results/downloads/wheels/{wheel}.whl" for wheel in packaged_encoder()["wheels"]]
    if encoder.source == "packaged":
        return wheels
    if encoder.source == "hub":
        return []
    folder = project_path(encoder.path)
    base = adapter_base(Path(folder))
    return sorted({*folder_files(folder), *(folder_files(str(base)) if base else [])})


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
    """Return a function of the wildcards: ``query_length`` or ``passage_length`` that a model encodes benchmarks with."""

    def look_up(wildcards):
        return getattr(CONFIG.encoding, name) or getattr(CONFIG.encoders[MODELS[wildcards.model].encoder], name)

    return look_up


def benchmark_inputs(wildcards):
    """Return a benchmark's files: downloads, or those of a folder."""
    return [corpus_place(place) for place in BENCHMARKS[wildcards.benchmark].places]


def encoded_texts(table):
    """Return a function of the wildcards: a table of a benchmark, or of the calibration corpus (as ``fit-{name}``)."""

    def look_up(wildcards):
        name = wildcards.benchmark
        folder = f"benchmarks/{name}" if name in BENCHMARKS else f"fitting/{name.removeprefix('fit-')}"
        return f"results/{folder}/{table}.parquet"

    return look_up


def fitting_inputs(wildcards):
    """Return the files of the calibration corpus: the pairs of a training set, or downloads."""
    name = wildcards.fitting
    if name not in CONFIG.training_sets:
        return [f"results/downloads/{file}" for file in FITTING[name].files]
    return [pairs_of(corpus, tag) for corpus in FITTING[name].sources for tag in FITTING[name].languages]


def fitting_overlap(wildcards):
    """Return the check that a training set shares no text with a benchmark; none of downloads that are no benchmark."""
    return f"results/overlaps/{wildcards.fitting}.json" if wildcards.fitting in CONFIG.training_sets else []


def fitting_files(wildcards):
    """Return what a debiasing is fitted on, tables and embeddings; nothing where it is the benchmark's own."""
    if not DEBIASING[wildcards.debias].is_fitted:
        return []
    (name,) = FITTING
    tables = [f"results/fitting/{name}/{table}.parquet" for table in ("queries", "candidates")]
    return tables + [
        f"results/embeddings/{wildcards.model}/fit-{name}/{side}.npy" for side in ("queries", "candidates")
    ]


def shift_source(wildcards):
    """Return the language that SHIFT shifts candidates to; nothing for methods that are fitted on the pool."""
    return next(iter(FITTING.values())).source if DEBIASING[wildcards.debias].is_fitted else None


def ranked_vectors(wildcards):
    """Return the vectors that a model ranks by, of queries and of candidates; nothing for a lexical system."""
    model = MODELS[wildcards.model]
    folder = f"results/embeddings/{model.vectors}/{wildcards.benchmark}"
    return [f"{folder}/{side}.npy" for side in ("queries", "candidates")] if model.is_dense else []


def ranked_translations(wildcards):
    """Return the translations of the queries that a model ranks by, and their vectors where it has any."""
    model = MODELS[wildcards.model]
    if model.translator is None:
        return []
    vectors = f"results/embeddings/{model.vectors}/{wildcards.benchmark}/queries-{model.translator}.npy"
    return [f"results/queries/{wildcards.benchmark}/{model.translator}.parquet", *([vectors] if model.is_dense else [])]


VECTORED = [name for name, model in MODELS.items() if model.has_own_vectors]
ENCODERS = [name for name in VECTORED if MODELS[name].debias == "none"]
INDEXED = expand("{model}/{benchmark}", model=VECTORED, benchmark=RANKED)
RANKINGS = expand("{model}/{benchmark}", model=MODELS, benchmark=RANKED)
SCORED = RANKINGS + expand("{model}/{benchmark}", model=VECTORED, benchmark=PAIRED)
ENCODED = expand("{model}/{benchmark}", model=ENCODERS, benchmark=BENCHMARKS)
