"""Shared by every rule: the checked configuration, wildcard constraints, input functions, the digest of the code."""

import re
from functools import cache

from snakemake.exceptions import WorkflowError

from equilingual import provenance
from equilingual.config import ConfigError, load_config
from equilingual.config.experiments import experiments, scored_models
from equilingual.registry import known_benchmarks, known_files, packaged_encoder

try:
    CONFIG = load_config(config)
except ConfigError as error:
    raise WorkflowError(str(error)) from None

ROOT = Path(workflow.basedir)
EXPERIMENTS = {experiment.name: experiment for experiment in experiments(CONFIG)}
MODELS = scored_models(CONFIG)


def one_of(names):
    """Return a regular expression that matches one of the names."""
    return "|".join(re.escape(str(name)) for name in names) or "none"


wildcard_constraints:
    path=one_of(known_files()),
    wheel=one_of(packaged_encoder()["wheels"]),
    corpus=one_of(CONFIG.corpora),
    language=r"[A-Za-z-]+",
    shard=r"\d+",
    training_set=one_of(CONFIG.training_sets),
    strategy=one_of(strategy.label for strategy in CONFIG.batches.strategies),
    seed=one_of(CONFIG.seeds),
    encoder=one_of(CONFIG.encoders),
    experiment=one_of(EXPERIMENTS),
    debias=one_of(CONFIG.evaluation.debias),
    model=one_of(MODELS),
    benchmark=one_of(CONFIG.benchmarks),


@cache
def code_digest(rule_name):
    """Return the hash of a rule's script and of all that it imports from the package: an edit there reruns the rule."""
    return provenance.code_digest(ROOT / "workflow/scripts" / f"{rule_name}.py")


def project_path(path):
    """Return a path of the configuration, which is relative to the Snakefile's folder, for the working directory."""
    return path if Path.cwd() == ROOT else str(ROOT / path)


def pairs_of(corpus, language):
    """Return the file of a corpus's canonical pairs: read from its source, or translated."""
    if language in CONFIG.corpora[corpus].files:
        return f"results/corpora/{corpus}/{language}.parquet"
    return f"results/translations/{corpus}/{language}/pairs.parquet"


def training_set_files(wildcards):
    """Return the pairs of a training set: the languages of one corpus together."""
    training_set = CONFIG.training_sets[wildcards.training_set]
    return [pairs_of(corpus, tag) for corpus in training_set.corpora for tag in training_set.languages]
