"""The pairs of corpora and training sets."""

import dataclasses

from equilingual.plan import Plan
from equilingual.training_sets import TrainingSetFiles


def test_a_corpus_is_read_from_its_own_files_or_from_downloads(plan, wild):
    assert plan.corpora.inputs(wild(corpus="demo", language="en")) == {"file": ["demo/en.jsonl"]}
    [download] = plan.corpora.inputs(wild(corpus="web", language="en"))["file"]
    assert download.startswith("results/downloads/")
    options = plan.corpora.options(wild(corpus="web", language="en"))
    assert options["fetched"] == {download: {"source": "https://example.org/a.jsonl", "sha256": None}}
    assert options["languages"] == ["en"]
    assert plan.corpora.options(wild(corpus="demo", language="en"))["licence"] == "CC0-1.0"


def test_a_run_below_a_prefix_finds_its_downloads_there_in_parameters_only(plan, wild):
    places = dataclasses.replace(plan.places, placed=lambda path: f"first/{path}", kept=lambda path: f"kept/{path}")
    below = Plan(plan.config, places)
    [download] = below.corpora.inputs(wild(corpus="web", language="en"))["file"]
    assert download.startswith("results/")
    assert list(below.corpora.options(wild(corpus="web", language="en"))["fetched"]) == [f"first/{download}"]
    assert below.translation.cache == "kept/results/cache/translations"
    assert below.mining.folder(wild(miner="own")) == "first/results/encoders/own"
    engine = below.translation.engine(wild(corpus="demo", language="es"))
    assert engine["first"]["folder"] == "first/results/translators/nllb"
    assert engine["second"]["folder"] == "first/results/translators/local"
    assert engine["through"] == "pt"


def test_pairs_are_read_translated_or_none(plan, changed):
    assert plan.corpora.pairs_of("demo", "en") == "results/corpora/demo/en.parquet"
    assert plan.corpora.pairs_of("demo", "pt") == "results/translations/demo/pt/pairs.parquet"
    some = {"corpora": ["demo", "held"], "languages": ["en", "de"], "min_languages": 1, "engine": "pretranslated"}
    corpora = {
        "demo": {"files": {"en": {"file": "demo/en.jsonl"}, "de": {"file": "demo/de.jsonl"}}},
        "held": {"files": {"en": {"file": "held/en.jsonl"}}},
    }
    lacking = changed(corpora=corpora, training_sets={"some": some}, validation=None, batches=FEW, encoders=OWN)
    assert lacking.corpora.pairs_of("held", "de") == "results/corpora/no-pairs.parquet"


OWN = {"own": {"source": "folder", "path": "models/own"}}
FEW = {"strategies": [{"name": "mono"}], "batches": 2}


def test_a_training_set_has_the_languages_of_one_corpus_together(plan, wild):
    assert plan.corpora.training_set_pairs(wild(training_set="both")) == [
        "results/corpora/demo/en.parquet",
        "results/translations/demo/pt/pairs.parquet",
        "results/translations/demo/de/pairs.parquet",
        "results/translations/demo/es/pairs.parquet",
        "results/corpora/web/en.parquet",
        "results/translations/web/pt/pairs.parquet",
        "results/translations/web/de/pairs.parquet",
        "results/translations/web/es/pairs.parquet",
    ]
    assert plan.corpora.trained_pairs == sorted(plan.corpora.training_set_pairs(wild(training_set="both")))
    made_of = plan.corpora.made_of(wild(training_set="both"))
    grouped = TrainingSetFiles.of("both", plan.corpora.training_set_pairs(wild(training_set="both")), **made_of)
    assert grouped.languages == ("en", "pt", "de", "es")
    assert [list(files) for files in grouped.files.values()] == [["en", "pt", "de", "es"]] * 2
    assert grouped.files["web"]["de"] == "results/translations/web/de/pairs.parquet"
    assert plan.corpora.near_duplicates(wild(training_set="both"))["threshold"] == 0.8
    assert plan.corpora.near_duplicates(wild(training_set="small")) is None


def test_held_out_pairs_are_only_where_a_training_is_watched(plan, changed):
    assert plan.corpora.validation_pairs == ["results/corpora/held/en.parquet"]
    assert plan.corpora.validation == ["results/validation/pairs.parquet"]
    unwatched = changed(validation=None)
    assert unwatched.corpora.validation_pairs == unwatched.corpora.validation == []
