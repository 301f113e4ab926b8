"""Functions of the rules: what an experiment trains on and with."""


def batch_files(experiment):
    """Return the manifest of an experiment's batches, then its shards."""
    folder = f"results/batches/{experiment.training_set}/{experiment.strategy.label}/seed-{experiment.seed}"
    return [f"{folder}/{name}" for name in ("manifest.json", *SHARDS)]


def experiment_batches(wildcards):
    """Return the batches that an experiment trains on."""
    return batch_files(EXPERIMENTS[wildcards.experiment])


def lint_file(experiment):
    """Return the audit of an experiment's batches."""
    return str(Path(batch_files(experiment)[0]).with_name("lint.json"))


def experiment_lint(wildcards):
    """Return the audit of the batches that an experiment trains on."""
    return lint_file(EXPERIMENTS[wildcards.experiment])


def experiment_encoder(wildcards):
    """Return the manifest of the encoder that an experiment starts from."""
    return f"results/encoders/{EXPERIMENTS[wildcards.experiment].encoder}/manifest.json"


def experiment_parameters(wildcards):
    """Return the configuration's training, with the lengths of the encoder."""
    encoder = CONFIG.encoders[EXPERIMENTS[wildcards.experiment].encoder]
    lengths = {
        "query_length": encoder.query_length,
        "passage_length": encoder.passage_length,
    }
    watched = {"early_stopping_patience": None, "keep_best": False, "eval_steps": 1}
    if CONFIG.validation:
        watched = CONFIG.validation.model_dump(include={"early_stopping_patience", "keep_best"})
        watched["eval_steps"] = CONFIG.validation.eval_steps
    return CONFIG.training.model_dump(exclude={"processes"}) | lengths | watched


def experiment_licences(wildcards):
    """Return the licence of every corpus and translation engine that an experiment trains on."""
    training_set = CONFIG.training_sets[EXPERIMENTS[wildcards.experiment].training_set]
    licences = {corpus: CONFIG.corpora[corpus].licence for corpus in training_set.corpora}
    for corpus, language in CONFIG.made_languages():
        if corpus in licences and language in training_set.languages:
            spec = CONFIG.engine_spec(training_set.engine_for(language))
            licences[f"translations by {spec['name']}"] = catalogue.licence(spec)
    return licences


def experiment_encoder_intervals(wildcards):
    """Return the intervals of the encoder that an experiment starts from, as it came, for every benchmark."""
    encoder = EXPERIMENTS[wildcards.experiment].encoder
    return [f"results/intervals/{encoder}/{benchmark}.json" for benchmark in BENCHMARKS]


def experiment_origin(wildcards):
    """Return what the model card says of where an experiment's model comes from, besides the model's manifest."""
    experiment = EXPERIMENTS[wildcards.experiment]
    corpora = CONFIG.training_sets[experiment.training_set].corpora
    return {
        **CONFIG.encoders[experiment.encoder].origin,
        "licences": experiment_licences(wildcards),
        "datasets": sorted({name for corpus in corpora for name in CONFIG.corpora[corpus].hub_datasets}),
    }
