"""Shared by every rule: the checked configuration and its plan, wildcard constraints, the digest of the code."""

import logging
import re
from functools import cache

from equilingual import provenance
from equilingual.config import load_config
from equilingual.plan import Places, Plan, constant, run_problems, setting
from equilingual.registry import known_references

for file in workflow.configfiles:
    check_config_file(file)

if not workflow.is_main_process:  # the first process has warned already
    logging.getLogger("equilingual.config").setLevel(logging.ERROR)
try:
    CONFIG = load_config(config)
except ConfigError as error:
    raise ConfigurationError(for_terminal(f"{', '.join(map(str, workflow.configfiles))}: {error}")) from None


# Snakemake puts a module's prefix before inputs and outputs only; parameters get it by this. Taken now: ``workflow`` has
# the modifier of the module that is being read.
plan = Plan(CONFIG, Places(ROOT, workflow.modifier.path_modifier.replace_prefix))

# Said before any job starts. With --use-conda an engine's package is in the environment of its rule.
if problems := run_problems(CONFIG, ROOT, base=Path(plan.places.project_path("")), packages=not CONDA):
    raise ConfigurationError(for_terminal("\n".join(problems)))

EXPORTS = ["sentence-transformers", "onnx", "ctranslate2"]


def one_of(names):
    """Return a regular expression that matches one of the names."""
    return "|".join(re.escape(str(name)) for name in names) or "none"


wildcard_constraints:
    path=one_of(plan.fetch.downloads),
    wheel=one_of(plan.fetch.wheels),
    corpus=one_of(CONFIG.corpora),
    language=r"[A-Za-z-]+",
    shard=r"\d+",
    training_set=one_of(CONFIG.training_sets),
    strategy=one_of(plan.experiments.strategies),
    seed=one_of(CONFIG.seeds),
    encoder=one_of([*CONFIG.encoders, *plan.encoders.prepared]),
    experiment=one_of(plan.experiments.by_name),
    debias=one_of(plan.evaluation.debiasing),
    fitting=one_of(plan.evaluation.fitting),
    model=one_of(plan.evaluation.models),
    benchmark=one_of(plan.evaluation.benchmarks),
    engine=one_of(CONFIG.translation.engines),
    translator=one_of(CONFIG.engine_names()),
    reference=one_of(known_references()),
    miner=one_of(plan.mining.miners),
    kind=one_of(EXPORTS),
    source=r"[A-Za-z-]+",


@cache
def code_digest(rule_name):
    """Return the hash of a rule's script and of all that it imports from the package: an edit there reruns the rule."""
    return provenance.code_digest(ROOT / "workflow/scripts" / f"{rule_name}.py")
