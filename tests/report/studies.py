"""Made-up studies: what ``analyse_study`` would write, with round numbers that tests can look for."""

import json
from pathlib import Path

from report.models import scored_model

from equilingual.config.identities import identities
from equilingual.files import write_json
from equilingual.studies.best import points_of

SETTINGS = ("monolingual", "cross-lingual", "multilingual")
ALPHAS = (0.0, 0.5, 0.9, 1.0)
SEEDS = (1, 2, 3)
LANGUAGES = {"trained": ["en", "de"], "low": ["sw", "eo"]}
BASE = {"monolingual": 0.8, "cross-lingual": 0.6, "multilingual": 0.5}
HEIGHT = {0.0: 0.01, 0.5: 0.03, 0.9: 0.02, 1.0: 0.0}  # by α, above the base encoder


def group_of(alpha, mix="batch"):
    return f"e5-small__mine__hybrid{'-pair' if mix == 'pair' else ''}-{alpha:g}"


def model(level, mix="batch", **changes):
    return {
        "model": group_of(level, mix), "label": f"hybrid batches, α = {level:g}{', by pair' if mix == 'pair' else ''}",
        "encoder": "e5-small", "training_set": "mine", "strategy": "hybrid", "alpha": level, "mix": mix, "variant": None,
        "debias": "none", "kind": "hybrid", "seeds": list(SEEDS), "attributes": {"languages": 4}, "shown": True,
    } | changes  # fmt: skip


def base_model(debias="none"):
    name, label = ("e5-small", "base encoder") if debias == "none" else (f"e5-small+{debias}", "centred")
    return model(0.0, model=name, label=label, training_set=None, strategy="none", alpha=None, mix=None, debias=debias,
                 kind="none" if debias == "none" else "centred", seeds=[], attributes={})  # fmt: skip


def value_of(one, setting, language="all"):
    """Return a model's mean: by its α and how it is mixed, lower for a language of few resources."""
    above = 0.0 if one["alpha"] is None else HEIGHT[one["alpha"]] - (0.005 if one["mix"] == "pair" else 0)
    lower = {"low": 0.1, "sw": 0.1, "eo": 0.12, "de": 0.02}.get(language, 0)
    return round(BASE[setting] + above * (2 if language in ("sw", "eo", "low") else 1) - lower, 4)


def contrast(name, first, second, estimate, **changes):
    low, high = round(estimate - 0.004, 4), round(estimate + 0.004, 4)
    return {
        "name": name, "primary": False, "models": {first: 1.0, second: -1.0}, "benchmark": "xquad-r",
        "setting": "multilingual", "measure": "map", "languages": None, "minus": None, "candidates": None, "unit": "question",
        "estimate": estimate, "low": low, "high": high, "p": 0.01, "p_corrected": 0.03, "margin": 0.005,
        "p_equivalent": 0.9, "p_equivalent_corrected": 0.9, "standard_error": 0.002, "degrees_of_freedom": 3.1,
        "outcome": "above" if low > 0 else "below" if high < 0 else "not shown", "seeds": 3, "questions": 1190, "clusters": 240,
        "sentence": f"{first} minus {second}: {estimate:+.3f} [{low:.3f}, {high:.3f}], 3 seeds",
    } | changes  # fmt: skip


CURVE = {"kind": "curve", "x": "alpha", "scale": "linear", "series": "mix", "panels": "setting", "benchmark": "xquad-r",
         "setting": "multilingual", "measure": "map", "reference": ["e5-small", "e5-small+center-pool"], "models": None}  # fmt: skip
INTERACTION = CURVE | {
    "kind": "interaction",
    "x": "training_set",
    "series": "strategy",
    "panels": "languages",
    "reference": [],
}
DUMBBELL = CURVE | {
    "kind": "dumbbell",
    "x": None,
    "series": None,
    "reference": [],
    "models": [group_of(0.5), "e5-small"],
}


def record_of(figure=CURVE, models=None, **changes):
    """Return the object of ``study.json``."""
    if models is None:
        models = [base_model(), base_model("center-pool")]
        models += [model(alpha, mix) for mix in ("batch", "pair") for alpha in ALPHAS]
    places = [(setting, language) for setting in SETTINGS for language in ("all", *LANGUAGES, "en", "de", "sw", "eo")]
    about = {"benchmark": "xquad-r", "measure": "map"}
    means, values = [], []
    for one in models:
        for setting, language in places:
            at = {"model": one["model"], **about, "setting": setting, "languages": language}
            value = value_of(one, setting, language)
            ends = {"low": round(value - 0.006, 4), "high": round(value + 0.006, 4)}
            means.append({**at, "value": value, **ends, "seeds": len(one["seeds"]) or None})
            values += [
                {**at, "seed": seed, "value": round(value + 0.002 * ((seed or 2) - 2), 4)}
                for seed in one["seeds"] or [None]
            ]
    contrasts = [
        contrast("hybrid 0.5 against the base encoder", group_of(0.5), "e5-small", 0.03, primary=True),
        contrast("0.5 against 0.9", group_of(0.5), group_of(0.9), 0.001, outcome="equivalent", p_corrected=0.4),
        contrast("0 against 0.5", group_of(0.0), group_of(0.5), -0.02, setting="cross-lingual"),
        contrast(
            "1 against the base encoder", group_of(1.0), "e5-small", 0.0021, p_corrected=0.41, setting="cross-lingual"
        ),
    ]
    best = [{"series": mix, "panel": setting, "x": 0.5, "low": 0.0, "high": 0.9, "equivalent": [0.5, 0.9]}
            for mix in ("batch", "pair") for setting in SETTINGS]  # fmt: skip
    shown = [{"panel": name, "benchmark": "xquad-r", "setting": name, "languages": "all"} for name in SETTINGS]
    if figure["panels"] == "languages":
        shown = [
            {"panel": name, "benchmark": "xquad-r", "setting": figure["setting"], "languages": name}
            for name in LANGUAGES
        ]
    figure = figure | {"shown": shown, "points": points_of(figure, models)}
    return {
        "format": 1, "name": "mixing-ratio", "question": "What does the ratio of monolingual batches do?",
        "hypothesis": "A mix has a higher multilingual mAP than the base encoder.",
        "answer": {"verdict": "supported", "sentence": "Hybrid batches have 0.030 [0.026, 0.034] more mAP, over 3 seeds."},
        "margin": {"map": 0.005}, "alpha": 0.05, "family": len(contrasts), "languages": LANGUAGES, "contrasts": contrasts,
        "models": models, "values": values, "means": means, "best": best if figure["kind"] == "curve" else [], "figure": figure,
    } | changes  # fmt: skip


def interaction_models():
    return [
        model(0.5, model=f"e5-small__{name}__{strategy}", label=f"{strategy} on {name}", training_set=name, strategy=strategy,
              alpha=alpha)
        for name in ("english", "multilingual")
        for strategy, alpha in (("mono", 1.0), ("hybrid", 0.5))
    ]  # fmt: skip


def manifest_of(one, seed, **changes):
    """Return the manifest of a training."""
    return {
        "experiment": f"{one['model']}__seed-{seed}", "encoder": one["encoder"], "training_set": one["training_set"],
        "strategy": one["strategy"], "alpha": one["alpha"], "seed": seed, "languages": ["en", "de"], "pairs": 4000, "steps": 200,
        "negatives": {"count": 2, "from": ["bm25"], "rows": {"0": seed}},
        "parameters": {"batch_size": 32, "temperature": 0.05, "learning_rate": 3e-5, "regularizers": {"centring": None}},
        "hardware": "a processor, 2 threads", "final_loss": 0.5 + seed,
    } | changes  # fmt: skip


def run_of(**changes):
    """Return the object of ``run.json``."""
    stages = {"train_encoder": {"jobs": 24, "seconds": 7200.0, "cpu_seconds": 12600.0, "memory_mb": 1900.0, "joules": 360000.0},
              "encode_texts": {"jobs": 26, "seconds": 1800.0, "cpu_seconds": 3240.0, "memory_mb": 1200.0}}  # fmt: skip
    return {
        "date": "2026-11-30T10:00:00Z", "version": "0.1.0", "commit": "4eb022b" + "0" * 33, "changed": False,
        "configuration": {"files": ["configs/studies/mixing-ratio.yaml"], "text": "title: mine\n"},
        "command": "snakemake --configfile configs/studies/mixing-ratio.yaml --cores all", "hardware": "a processor",
        "stages": stages,
    } | changes  # fmt: skip


def write_study(folder, record, *, seen=None, change_manifest=lambda manifest: manifest, run=True):
    """Write a study's files into ``folder``, its own into ``studies/NAME``; return the fields of ``StudyInputs``."""
    folder = Path(folder)
    own = folder / "studies" / record["name"]
    own.mkdir(parents=True, exist_ok=True)
    write_json(record, own / "study.json")
    manifests, described = [], []
    for one in record["models"]:
        for seed in one["seeds"] or [None]:
            columns = (
                one["encoder"],
                one["training_set"],
                one["strategy"],
                one["alpha"],
                seed,
                one["debias"],
                one["variant"],
            )
            (identity,) = identities({"": scored_model(*columns)})
            base = f"{one['model']}__seed-{seed}" if seed is not None else one["encoder"]
            fields = {key: getattr(identity, key) for key in identity.__dataclass_fields__}
            name = base if seed is not None else one["model"]
            described.append(fields | {"name": name, "group": one["model"], "base": base, "label": one["label"]})
            if seed is not None:
                path = folder / f"models/{base}.json"
                path.parent.mkdir(exist_ok=True)
                path.write_text(json.dumps(change_manifest(manifest_of(one, seed))), encoding="utf-8")
                manifests.append(path)
    (folder / "models.json").write_text(json.dumps({"models": described, "seen": seen or {}}), encoding="utf-8")
    if run:
        write_json(run_of(), own / "run.json")
    found = {"study": own / "study.json", "identities": folder / "models.json", "models": manifests}
    return found | ({"run": own / "run.json"} if run else {})
