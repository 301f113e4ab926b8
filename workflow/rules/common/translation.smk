"""Functions of the rules: engines, and the references that judge them."""


def translation_source(wildcards):
    """Return the language that a missing language of a corpus is translated from."""
    return CONFIG.translation_of(wildcards.corpus, wildcards.language).source


def translation_engine(wildcards):
    """Return the engine that makes a missing language of a corpus, with its settings."""
    training_set = CONFIG.translation_of(wildcards.corpus, wildcards.language)
    return CONFIG.engine_spec(training_set.engine_for(wildcards.language))


def placed_engine(look_up):
    """Return a function of the wildcards: an engine as its stage takes it, converted models where this run has them."""

    def place(spec):
        return {
            key: placed(value) if key == "folder" else place(value) if key in ("first", "second") else value
            for key, value in spec.items()
        }

    return lambda wildcards: place(look_up(wildcards))


def translator_manifests(wildcards):
    """Return the manifests of the converted models that an engine is made of."""
    return [f"{spec['folder']}/manifest.json" for spec in catalogue.models(translation_engine(wildcards))]


def translation_gpus(wildcards):
    """Return the GPUs that a translation takes: one for a neural model, which does without where there is none."""
    return min(1, len(translator_manifests(wildcards)))


def translation_threads(wildcards):
    """Return the threads of a translation: a neural model takes many, the others are shared out by shards."""
    return 8 if translator_manifests(wildcards) else 1


def translation_input(wildcards):
    """Return the pairs that a language is translated from."""
    return f"results/corpora/{wildcards.corpus}/{translation_source(wildcards)}.parquet"


def named_threads(wildcards):
    """Return the threads that an engine takes which a rule names."""
    return 8 if named_translators(wildcards) else 1


def reference_files(wildcards):
    """Return the two languages of a reference."""
    files = known_references()[wildcards.reference]["files"]
    return [f"results/downloads/{files[tag]['path']}" for tag in (wildcards.source, wildcards.language)]


def reference_format(wildcards):
    """Return how the files of a reference are read."""
    return known_references()[wildcards.reference]["format"]


def named_engine(wildcards):
    """Return an engine that a rule names, with its settings."""
    return CONFIG.engine_spec(wildcards.translator)


def named_translators(wildcards):
    """Return the manifests of the converted models that an engine is made of which a rule names."""
    return [f"{spec['folder']}/manifest.json" for spec in catalogue.models(named_engine(wildcards))]


def named_gpus(wildcards):
    """Return the GPUs that an engine takes which a rule names."""
    return min(1, len(named_translators(wildcards)))


def pairs_of_queries(wildcards):
    """Return the pairs of languages that an engine translates a benchmark's queries in."""
    return QUERY_PAIRS[wildcards.translator][wildcards.benchmark]


def translator_model(wildcards):
    """Return the folder of a translation model, or its name on the Hub."""
    engine = CONFIG.translation.engines[wildcards.engine]
    return engine.model if engine.revision else project_path(engine.model)


def translator_files(wildcards):
    """Return the files that a translation model is converted from; none for one on the Hub."""
    engine = CONFIG.translation.engines[wildcards.engine]
    return [] if engine.revision else folder_files(project_path(engine.model))


QUERIES = expand("results/queries/{benchmark}/{translator}.json", benchmark=RANKED, translator=QUERY_PAIRS)
QUALITY = [f"results/quality/{'/'.join(scored)}.json" for scored in CONFIG.scored_engines()]
