"""Boards from a few figures."""

import csv

from report.models import write_models
from report.sample import COLUMNS

from equilingual.report.board import read_board

ABOUT = {"encoder": "e5", "training_set": "", "strategy": "none", "alpha": "", "seed": "", "debias": "none"}


def write_figures(path, figures, benchmark="mine", models=(ABOUT,)):
    """Write ``scores.csv``: (setting, query language, pool, measure) → a value, or one per model."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        variant = ["variant"] if any("variant" in model for model in models) else []
        writer = csv.DictWriter(file, [*COLUMNS, *variant], lineterminator="\n")
        writer.writeheader()
        for place, model in enumerate(models):
            for (setting, language, pool, measure), value in figures.items():
                value = value[place] if isinstance(value, tuple) else value
                writer.writerow(
                    {**ABOUT, **model, "benchmark": benchmark, "setting": setting, "query_language": language,
                     "pool": pool, "measure": measure, "value": value, "queries": 100}
                )  # fmt: skip
    return path


def board_of(folder, figures, benchmark="mine", models=(ABOUT,)):
    """Return the board of :func:`write_figures`."""
    scores = write_figures(folder / "scores.csv", figures, benchmark, models)
    return read_board(scores, write_models(scores, folder / "models.json"))


def tatoeba(accuracy):
    """Return the figures of languages that are matched with English: tag → (from it, into it)."""
    figures = {}
    for tag, (into_english, from_english) in accuracy.items():
        for query, pool, value in ((tag, "en", into_english), ("en", tag, from_english)):
            figures["cross-lingual", query, pool, "accuracy"] = value
        figures["cross-lingual", tag, "mean", "accuracy"] = into_english
        figures["cross-lingual", "mean", tag, "accuracy"] = from_english
    means = [sum(values) / len(accuracy) for values in zip(*accuracy.values(), strict=True)]
    figures["cross-lingual", "mean", "en", "accuracy"] = means[0]
    figures["cross-lingual", "en", "mean", "accuracy"] = means[1]
    figures["cross-lingual", "mean", "mean", "accuracy"] = sum(means) / 2
    return figures
