"""``results/models.json`` for boards that are made up: what the configuration would write of the models of a CSV."""

import csv
import json
from dataclasses import asdict

from equilingual.config.batches import Strategy
from equilingual.config.experiments import Experiment, ScoredModel
from equilingual.config.identities import identities
from equilingual.evaluation.identities import columns_of

COLUMNS = ("encoder", "training_set", "strategy", "alpha", "seed", "debias", "variant")
LEXICAL = ("bm25", "tfidf")
MERGED = ("z-score", "round-robin", "rrf")


def scored_model(encoder, training_set, strategy, alpha, seed, debias, variant):
    """Return the scored model that its columns in ``results/scores.csv`` describe."""
    done = {}
    for part in () if debias == "none" else debias.split("+"):
        name, _, way = part.partition("-")
        if part in MERGED:
            done["merge"] = part
        elif name == "query":
            done["translator"] = way
        elif name in LEXICAL:
            done |= {"lexical": name, "fusion": way}
        else:
            done["debias"] = part
    if encoder in LEXICAL:
        done["lexical"] = encoder
    if strategy == "none":
        return ScoredModel(encoder, **done)
    settings = {"name": strategy} | ({"alpha": alpha} if strategy == "hybrid" else {})
    strategy = Strategy.model_validate(settings)
    return ScoredModel(encoder, Experiment(encoder, training_set, strategy, seed, variant=variant), **done)


def write_models(scores, path):
    """Write ``models.json`` of the models that ``scores.csv`` has, and return its path."""
    with open(scores, newline="", encoding="utf-8") as file:
        found = dict.fromkeys(map(columns_of, csv.DictReader(file)))
    models = {columns: scored_model(*columns) for columns in found}
    described = identities({model.name: model for model in models.values()})
    records = [
        asdict(model) | dict(zip(COLUMNS, columns, strict=True))
        for model, columns in zip(described, models, strict=True)
    ]
    path.write_text(json.dumps({"models": records, "seen": {}}), encoding="utf-8")
    return path
