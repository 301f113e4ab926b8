"""What a finished run says, from tables written by hand."""

import csv

import pytest

from equilingual.config import load_config
from equilingual.config.experiments import scored_models
from equilingual.ending import ending, study_ending
from equilingual.files import write_json

COLUMNS = "encoder training_set strategy alpha seed debias benchmark setting query_language pool measure value queries"


RAW = {
    "title": "x",
    "seeds": [1, 2],
    "corpora": {"c": {"licence": "x", "files": {"en": {"file": "en.jsonl"}, "de": {"file": "de.jsonl"}}}},
    "training_sets": {"t": {"corpora": ["c"], "languages": ["en", "de"]}},
    "encoders": {"e": {"source": "packaged"}},
    "batches": {"strategies": [{"name": "mono"}, {"name": "hybrid", "alpha": 0.5}], "batches": 2},
    "benchmarks": {"b": {"folder": "b", "languages": ["en"]}},
    "evaluation": {"debias": ["center-pool"], "lexical": ["bm25"]},
}


@pytest.fixture
def models():
    """The models of two seeds and two strategies."""
    return scored_models(load_config(RAW))


@pytest.fixture
def write(tmp_path):
    """Return a function that writes scores.csv: the model's columns, the setting, the measure and the value."""

    def write(*rows, benchmark="b"):
        with open(tmp_path / "scores.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS.split())
            for *model, setting, measure, value in rows:
                writer.writerow([*model, benchmark, setting, "mean", "mean", measure, value, 4])
                # Another cell of the same model: no macro-average.
                writer.writerow([*model, benchmark, setting, "en", "all", measure, 0.99, 4])
        return tmp_path / "scores.csv"

    return write


BASE = ("e", "", "none", "", "", "none", "multilingual")
MONO = ("e", "t", "mono", "1.0")
HYBRID = ("e", "t", "hybrid", "0.5")


def test_the_best_trained_model_stands_beside_its_base_encoder(models, write):
    scores = write(
        (*BASE, "map", 0.4),
        (*BASE, "log_rank_distance", 2.5),
        ("e", "", "none", "", "", "center-pool", "multilingual", "map", 0.9),
        (*MONO, 1, "none", "multilingual", "map", 0.5),
        (*MONO, 2, "none", "multilingual", "map", 0.5),
        (*HYBRID, 1, "none", "multilingual", "map", 0.4),
        (*HYBRID, 2, "none", "multilingual", "map", 0.7),
        (*HYBRID, 1, "none", "multilingual", "log_rank_distance", 1.0),
        (*HYBRID, 2, "none", "multilingual", "log_rank_distance", 2.0),
        (*HYBRID, 2, "none", "monolingual", "map", 0.1),
    )
    folders = {f"e__t__{name}": f"results/models/e__t__{name}" for name in ("mono__seed-1", "mono__seed-2")}
    assert list(ending(models, scores=scores, report="r.html", trained=folders)) == [
        "Report: r.html",
        "Models: results/models/e__t__mono__seed-1/ and 1 more beside it",
        "Best trained model on b in multilingual retrieval: hybrid batches, α = 0.5; mAP 0.550 (base encoder 0.400), "
        "log rank distance 1.500 (base encoder 2.500), without training mAP 0.900: centred (center-pool)",
    ]


def test_without_training_it_is_the_best_of_all(models, write):
    scores = write(
        (*BASE, "map", 0.4),
        ("bm25", "", "none", "", "", "none", "multilingual", "map", 0.3),
        ("e", "", "none", "", "", "center-pool", "multilingual", "map", 0.6),
    )
    assert list(ending(models, scores=scores, report="r.html", trained={})) == [
        "Report: r.html",
        "Best model on b in multilingual retrieval: centred (center-pool); mAP 0.600 (base encoder 0.400)",
    ]


def test_a_base_encoder_that_is_best_is_compared_with_nothing(models, write):
    scores = write((*BASE, "map", 0.4))
    assert list(ending(models, scores=scores, report="r.html", trained={}))[1:] == [
        "Best model on b in multilingual retrieval: base encoder; mAP 0.400"
    ]


def test_a_benchmark_without_multilingual_retrieval_has_no_headline(models, write):
    scores = write(("e", "", "none", "", "", "none", "monolingual", "map", 0.4))
    assert list(ending(models, scores=scores, report="r.html", trained={})) == ["Report: r.html"]


def test_a_study_ends_with_its_answer(tmp_path):
    path = tmp_path / "results/studies/mine/study.json"
    write_json({"question": "Which?", "answer": {"verdict": "supported", "sentence": "The first. α = 0.5."}}, path)
    assert list(study_ending(path, folder="results/studies/mine")) == [
        "Study: results/studies/mine/",
        "Question: Which?",
        "Answer: The first. α = 0.5.",
    ]


def test_a_variant_is_another_model_than_the_same_without_it(write, tmp_path):
    models = scored_models(load_config(RAW | {"variants": {"small": {"batches": {"batch_size": 4}}}}))
    scores = write(
        (*BASE, "map", 0.4),
        (*MONO, 1, "none", "multilingual", "map", 0.5),
        (*MONO, 1, "none", "multilingual", "map", 0.9),
    )
    lines = scores.read_text(encoding="utf-8").splitlines()
    varied = {5, 6}  # the rows of the last model
    column = ["variant", *("small" if number in varied else "" for number in range(1, len(lines)))]
    scores.write_text("".join(f"{line},{one}\n" for line, one in zip(lines, column, strict=True)), encoding="utf-8")
    *_, line = ending(models, scores=scores, report="r.html", trained={})
    assert line.endswith("monolingual batches, small; mAP 0.900 (base encoder 0.400)")
