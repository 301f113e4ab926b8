"""A made-up study: a configuration, ranks in which hybrid batches help and low languages gain less, and its answer."""

import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from equilingual.config import load_config
from equilingual.config.study_settings import StudySettings
from equilingual.evaluation.identities import describe_models
from equilingual.plan import Places, Plan
from equilingual.studies import Draws, analyse_study

LANGUAGES = ("en", "de", "sw", "zh")
LOW = ("sw",)
BENCHMARKS = ("one", "two")
QUESTIONS = 40

STUDY = {
    "name": "mixing-ratio",
    "question": "What does the ratio of cross-lingual to monolingual samples in a batch do to retrieval?",
    "hypothesis": "Hybrid batches have a higher multilingual mAP than cross-lingual batches.",
    "attributes": {"encoders": {"e5-small": {"parameters": "21.3e6"}}},
    "languages": {"trained": ["en", "de", "zh"], "low": ["sw"]},
    "margin": {"map": 0.02},
    "contrasts": [
        {
            "name": "hybrid 0.5 against cross-lingual",
            "primary": True,
            "models": {"e5-small__t__hybrid-0.5": 1, "e5-small__t__cross": -1},
            "benchmark": "one",
            "setting": "multilingual",
        },
        {
            "name": "the same, trained against low languages",
            "models": {"e5-small__t__hybrid-0.5": 1, "e5-small__t__cross": -1},
            "benchmark": "one",
            "setting": "multilingual",
            "languages": "trained",
            "minus": "low",
        },
        {
            "name": "hybrid 0.5 against monolingual, by language",
            "models": {"e5-small__t__hybrid-0.5": 1, "e5-small__t__mono": -1},
            "benchmark": "two",
            "setting": "multilingual",
            "unit": "language",
        },
        {
            "name": "by pair against by batch",
            "models": {"e5-small__t__hybrid-0.5-pair": 1, "e5-small__t__hybrid-0.5": -1},
            "benchmark": "one",
            "setting": "monolingual",
        },
    ],
    "figure": {"kind": "curve", "x": "alpha", "series": "mix", "reference": ["e5-small", "e5-small+center-pool"]},
}
DUMBBELL = {"kind": "dumbbell", "models": ["e5-small__t__hybrid-0.5", "e5-small__t__mono"]}
INTERACTION = {"kind": "interaction", "x": "strategy", "series": "training_set", "panels": "languages"}


def configuration(study=STUDY, seeds=(1, 2, 3), **keys):
    """Return the raw configuration of a study with every alpha, mixed by batch and by pair."""
    alphas = [
        {"name": "hybrid", "alpha": alpha, "mix": mix} for mix in ("batch", "pair") for alpha in (0.25, 0.5, 0.75)
    ]
    return {
        "title": "A made-up study",
        "seeds": list(seeds),
        "corpora": {"c": {"licence": "x", "files": {tag: {"file": f"{tag}.jsonl"} for tag in LANGUAGES}}},
        "training_sets": {"t": {"corpora": ["c"], "languages": ["en", "de"], "engine": "pretranslated"}},
        "encoders": {"e5-small": {"source": "packaged"}},
        "batches": {"strategies": [{"name": "mono"}, {"name": "cross"}, *alphas], "batches": 8},
        "benchmarks": {name: {"folder": name, "languages": list(LANGUAGES)} for name in BENCHMARKS},
        "evaluation": {"comparisons": {"permutations": 5000, "pairs": []}, "bootstrap_resamples": 400},
        "study": study,
        **keys,
    }


def effect_of(model, asked, candidate):
    """Return how much better a model ranks an answer than the base encoder, by the languages."""
    experiment = model.experiment
    if experiment is None:
        return 0.1 if model.debias != "none" else 0.0
    alpha = experiment.strategy.mean_alpha
    gain = 0.35 - 0.6 * (alpha - 0.6) ** 2 + 0.2 * alpha * (asked == candidate)
    rng = np.random.default_rng(zlib.crc32(f"{experiment.strategy.label}/{experiment.seed}".encode()))
    return (0.4 if asked in LOW else 1.0) * gain + rng.normal(0, 0.008)


def write_ranks(path, model, benchmark):
    """Write the ranks of a scored model: of one question in all languages the answers, in every pool and in all."""
    rows = []
    for number in range(QUESTIONS):
        rng = np.random.default_rng(zlib.crc32(f"{benchmark}/{number}".encode()))
        hard = rng.normal(0, 0.5)
        for asked in LANGUAGES:
            for candidate in LANGUAGES:
                ease = 0.2 + hard + 0.5 * (asked == candidate) + rng.normal(0, 0.3) + effect_of(model, asked, candidate)
                alone = 1 + int(20 * np.exp(-2 * ease))
                both = {candidate: alone, "all": 2 * alone + (asked != candidate)}
                for pool, rank in both.items():
                    rows.append(
                        {
                            **{"query_id": f"q{number}", "cluster": f"p{number // 2}", "query_language": asked},
                            **{"pool": pool, "candidate_language": candidate, "relevance": 1},
                            **{"candidate": number, "best": 0, "rank": rank},
                        }
                    )
    rows.sort(key=lambda row: (row["pool"], row["query_language"], row["query_id"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


def write_study(folder, raw=None):
    """Write ``results/`` of a made-up study below a folder and return the path of its ``study.json``."""
    plan = Plan(load_config(raw or configuration()), Places(folder, str))
    studies = plan.studies
    ranks = {}
    for model, benchmark in studies.ranked:
        ranks[model, benchmark] = folder / f"results/ranks/{model}/{benchmark}.parquet"
        write_ranks(ranks[model, benchmark], plan.evaluation.models[model], benchmark)
    describe_models(models=plan.evaluation.described, seen=plan.evaluation.seen, out=folder / "results/models.json")
    tests = plan.config.evaluation
    out = folder / f"results/studies/{studies.name}/study.json"
    analyse_study(
        study=StudySettings.model_validate(studies.settings),
        models=studies.models,
        places=studies.places,
        figure=studies.figure,
        ranks=ranks,
        identities=folder / "results/models.json",
        alpha=tests.comparisons.alpha,
        draws=Draws(tests.comparisons.permutations, tests.bootstrap_resamples, plan.config.seeds[0]),
        out=out,
    )
    return out
