"""Shared by every rule: the checked configuration and its plan, wildcard constraints, the digest of the code."""

import logging
import os
import re
from functools import cache

from snakemake.io import regex_from_filepattern, strip_wildcard_constraints, update_wildcard_constraints

from equilingual import provenance
from equilingual.config import load_config
from equilingual.config.sizes import size_problems, size_warnings
from equilingual.ending import ending, study_ending
from equilingual.folders import seen_by_user
from equilingual.leftovers import RETIRED, Written, find_leftovers, listing, remove
from equilingual.plan import Places, Plan, constant, growing, one_of, run_problems, setting
from equilingual.plan.configuration import shown_configuration
from equilingual.plan.figures import FIGURES, FOR_PAPERS, FORMS, OF_TRAINING
from equilingual.registry import known_references

for file in workflow.configfiles:
    check_config_file(file)

if not workflow.is_main_process:  # the first process has warned already
    logging.getLogger("equilingual.config").setLevel(logging.ERROR)
try:
    CONFIG = load_config(config)
except ConfigError as error:
    raise ConfigurationError(for_terminal(f"{', '.join(map(str, workflow.configfiles))}: {error}")) from None


# Whether the rules' files are in object storage (--default-storage-provider).
IN_STORAGE = workflow.storage_settings.default_storage_provider is not None
# Taken now: ``workflow`` has the modifier of the module that is being read.
_modifier = workflow.modifier.path_modifier


def in_storage(path):
    """Return Snakemake's object for a rule's file in object storage."""
    return _modifier.apply_default_storage(_modifier.replace_prefix(path)).flags["storage_object"]


def placed(path):
    """Return where jobs have a rule's file: below a module's prefix, or the local copy of one in object storage.

    Snakemake does this for inputs and outputs only; parameters get it by this.
    """
    return str(in_storage(path).local_path()) if IN_STORAGE else _modifier.replace_prefix(path)


plan = Plan(CONFIG, Places(ROOT, placed, kept=_modifier.replace_prefix))

# Said before any job starts. With --use-conda an engine's package is in the environment of its rule.
if problems := run_problems(CONFIG, ROOT, base=Path(plan.places.project_path("")), packages=not CONDA):
    raise ConfigurationError(for_terminal("\n".join(problems)))

RESULTS = plan.places.placed("results")

if workflow.is_main_process:
    # A problem of training only: corpora can still be translated.
    for line in [*size_problems(CONFIG, ROOT), *size_warnings(CONFIG, ROOT)]:
        logger.warning(for_terminal(line))

EXPORTS = ["sentence-transformers", "onnx", "ctranslate2"]


# A benchmark's tables. Their hashes are in its counts.json, so the stages that read them depend on that alone.
TABLES = expand("results/benchmarks/{{benchmark}}/{table}.parquet", table=["candidates", "queries", "qrels"])


def folders_of(manifests):
    """Return a function that gives the folders of the manifests that another one gives."""

    def folders(wildcards):
        found = manifests(wildcards)
        return [os.path.dirname(path) for path in ([found] if isinstance(found, str) else found)]

    return folders


def from_outside(inputs):
    """Return a function that gives the same inputs, of which those below no ``results/`` are in no object storage.

    They are the configuration's own files, on the machine that Snakemake runs on: jobs that read them run there.
    """

    def marked(wildcards):
        found = inputs(wildcards)
        return {role: _marked(paths) for role, paths in found.items()} if isinstance(found, dict) else _marked(found)

    return marked


def _marked(paths):
    return [path if path.startswith("results/") else local(path) for path in paths]


wildcard_constraints:
    path=one_of(plan.fetch.downloads),
    wheel=one_of(plan.fetch.wheels),
    corpus=one_of(CONFIG.corpora),
    language=r"[A-Za-z-]+",
    shard=r"\d+",
    training_set=one_of(CONFIG.training_sets),
    strategy=one_of(plan.experiments.strategies),
    seed=one_of(plan.experiments.seeds),
    encoder=one_of([*CONFIG.encoders, *plan.encoders.prepared, *plan.encoders.distilled]),
    experiment=one_of(plan.experiments.models),
    debias=one_of(plan.evaluation.debiasing),
    fitting=one_of(plan.evaluation.fitting),
    model=one_of(plan.evaluation.models),
    group=one_of(plan.evaluation.seeded),
    benchmark=one_of(plan.evaluation.benchmarks),
    engine=one_of(CONFIG.translation.engines),
    translator=one_of(CONFIG.engine_names()),
    reference=one_of(known_references()),
    miner=one_of(plan.mining.miners),
    kind=one_of(EXPORTS),
    source=r"[A-Za-z-]+",
    study=one_of([plan.studies.name] if plan.studies.name else []),


@cache
def code_digest(rule_name):
    """Return the hash of a rule's script and of all that it imports from the package: an edit there reruns the rule."""
    return provenance.code_digest(ROOT / "workflow/scripts" / f"{rule_name}.py")


def own_jobs():
    """Return, by folder, what matches the records of time and memory of the jobs that the configuration asks for."""
    folder = f"{RESULTS}/benchmarks-of-jobs/"
    patterns = [str(one.benchmark) for one in workflow.rules if str(one.benchmark).startswith(folder)]
    return {one.removeprefix(folder).partition("/")[0]: regex_from_filepattern(one) for one in patterns}


def written_paths():
    """Return what the rules write or wrote, and the folders that are theirs (with a manifest, or in a parameter)."""
    yield from (Written(f"{RESULTS}/{path}", named=None) for path in RETIRED)
    for one in workflow.rules:
        for path in map(str, [*one.output, *one.log, *([one.benchmark] if one.benchmark else [])]):
            yield _written(path)
            if Path(path).name == "manifest.json":
                yield _written(str(Path(path).parent), is_folder=True)
        for _, value in one.params.items():
            if isinstance(value, str) and RESULTS in map(str, Path(value).parents) and "{" in value:
                constraints = one.wildcard_constraints, workflow.modifier.wildcard_constraints
                yield _written(update_wildcard_constraints(value, *constraints), is_folder=True)


def _written(pattern, is_folder=False):
    """Return a path as the package takes it: without its constraints, and as a regular expression with them."""
    return Written(strip_wildcard_constraints(pattern), re.compile(regex_from_filepattern(pattern)), is_folder)


def show_leftovers(log, *, removed):
    """Print what other configurations left in the results, having removed it where that is asked for."""
    found = find_leftovers(RESULTS, written_paths())
    if removed:
        remove(found)
    lines = "\n".join(map(for_terminal, listing(RESULTS, found, removed=removed)))
    Path(log).write_text(f"{lines}\n", encoding="utf-8")
    print(lines)
