"""Encoders, and how they are prepared, distilled and trimmed."""

import json

from equilingual.config.distilled import DistillingSettings
from equilingual.config.encoder_settings import EncoderSettings
from equilingual.plan import Plan


def test_an_encoder_that_is_trimmed_is_prepared_under_another_name(plan, wild):
    assert list(plan.encoders.prepared) == ["e5+whole", "own", "hub"]
    assert plan.encoders.trimmed == ["e5"]
    assert plan.encoders.name(wild(encoder="e5+whole")) == "e5"
    assert plan.encoders.name(wild(encoder="own")) == "own"


def test_an_encoder_is_made_of_wheels_a_folder_or_the_hub(plan, wild, tmp_path):
    wheels = plan.encoders.inputs(wild(encoder="e5+whole"))
    assert wheels == [f"results/downloads/wheels/{wheel}.whl" for wheel in plan.fetch.wheels]
    assert plan.encoders.path(wild(encoder="e5+whole")) is None
    (tmp_path / "models/own").mkdir(parents=True)
    (tmp_path / "models/own/config.json").touch()
    assert plan.encoders.inputs(wild(encoder="own")) == ["models/own/config.json"]
    assert plan.encoders.path(wild(encoder="own")) == "models/own"
    assert plan.encoders.inputs(wild(encoder="hub")) == []
    assert plan.encoders.path(wild(encoder="hub")) == "owner/name"


def test_the_files_of_an_adapters_base_model_are_inputs_too(plan, wild, tmp_path):
    for folder in ("models/own", "models/base"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "models/base/config.json").touch()
    adapter = {"base_model_name_or_path": str(tmp_path / "models/base")}
    (tmp_path / "models/own/adapter_config.json").write_text(json.dumps(adapter))
    found = plan.encoders.inputs(wild(encoder="own"))
    assert found == sorted(["models/own/adapter_config.json", str(tmp_path / "models/base/config.json")])


def test_a_trimmed_encoder_keeps_the_tokens_of_the_texts_that_are_named(plan, wild):
    job = wild(encoder="e5")
    assert plan.encoders.trimming_pairs(job) == [
        "results/corpora/demo/en.parquet",
        "results/translations/demo/pt/pairs.parquet",
    ]
    assert plan.encoders.trimming_queries(job) == ["results/benchmarks/mine/queries.parquet"]
    assert plan.encoders.trimming_candidates(job) == ["results/benchmarks/mine/candidates.parquet"]
    assert plan.encoders.trimming_count(job) == 1


def test_without_names_the_texts_of_all_training_sets_are_kept(changed, wild):
    every = changed(encoders={"own": {"source": "folder", "path": "models/own", "trim": {"min_count": 3}}})
    assert every.encoders.trimming_pairs(wild(encoder="own")) == every.corpora.trained_pairs
    assert every.encoders.trimming_count(wild(encoder="own")) == 3


def test_an_encoder_of_the_hub_that_is_trained_is_checked_for_it(plan, wild):
    checked = [plan.encoders.is_checked_for_training(wild(encoder=name)) for name in ("e5+whole", "own", "hub")]
    assert checked == [False, False, True]
    encoders = plan.config.encoders | {"hub": plan.config.encoders["hub"].model_copy(update={"train": False})}
    without = Plan(plan.config.model_copy(update={"encoders": encoders}), plan.places)
    assert not without.encoders.is_checked_for_training(wild(encoder="hub"))
    assert {one.encoder for one in without.experiments.by_name.values()} == {"e5", "own"}
    nothing = Plan(plan.config.model_copy(update={"training_sets": {}}), plan.places)
    assert not nothing.encoders.is_checked_for_training(wild(encoder="hub"))


def test_preparing_is_given_the_settings_that_its_directory_follows_from(plan, changed, wild):
    job = wild(encoder="own")
    settings = EncoderSettings.model_validate(plan.encoders.settings(job))
    assert (settings.source, settings.path, settings.passage_length) == ("folder", "models/own", 99)
    encoders = {name: encoder.model_dump() for name, encoder in plan.config.encoders.items()}
    encoders["own"] |= {"licence": "MIT", "train": False}
    assert changed(encoders=encoders).encoders.settings(job) == plan.encoders.settings(job)


def test_an_encoder_is_checked_for_training_where_an_experiment_trains_it(changed, wild):
    entry = {"encoder": "own", "training_set": "small", "strategy": "mono"}
    asked = wild(encoder="hub")
    assert not changed(experiments=[entry]).encoders.is_checked_for_training(asked)
    assert changed(experiments=[entry | {"encoder": "hub"}]).encoders.is_checked_for_training(asked)


BATCHES = {"strategies": [{"name": "mono"}], "batch_size": 8, "batches": 4}
SMALL = {"source": "packaged", "query_length": 32}
CUT = {**SMALL, "layers": 6, "distilled": {"training_sets": ["small"], "steps": 5}}


def test_distilled_encoders_learn_from_one_that_is_prepared_once(changed, wild):
    encoders = {"cut": CUT, "e5": {**SMALL, "trim": {}}, "short": {**CUT, "layers": [0, 4]}}
    plan = changed(encoders=encoders, batches=BATCHES, mining={}).encoders
    assert list(plan.prepared) == ["e5+whole"]
    assert plan.distilled == {"cut": "cut", "short": "short"}
    for name in ("cut", "short"):
        assert plan.teacher(wild(encoder=name)) == "results/encoders/e5+whole/manifest.json"
    assert plan.layers(wild(encoder="cut")) == 6
    assert plan.layers(wild(encoder="short")) == [0, 4]
    assert plan.settings(wild(encoder="e5+whole"))["layers"] is None


def test_the_whole_encoder_is_prepared_where_no_encoder_is_it(changed, wild):
    other = {"source": "packaged", "query_length": 33}
    encoders = {"a": CUT, "b": {**CUT, "layers": 3, "trim": {}}, "e5": other, "c": {**CUT, "query_length": 33}}
    plan = changed(encoders=encoders, batches=BATCHES, mining={}).encoders
    assert list(plan.prepared) == ["e5", "a+teacher"]
    assert plan.distilled == {"a": "a", "b+whole": "b", "c": "c"}
    teachers = {name: plan.teacher(wild(encoder=name)).split("/")[2] for name in plan.distilled}
    assert teachers == {"a": "a+teacher", "b+whole": "a+teacher", "c": "e5"}
    assert plan.settings(wild(encoder="a+teacher"))["layers"] is None
    assert plan.name(wild(encoder="a+teacher")) == "a"
    assert plan.distilled_name(wild(encoder="b+whole")) == "b"
    assert plan.trimmed == ["b"]


def test_an_encoder_that_is_only_cut_is_no_teacher(changed):
    cut = {name: value for name, value in CUT.items() if name != "distilled"}
    plan = changed(encoders={"cut": cut, "learnt": CUT}, batches=BATCHES, mining={}).encoders
    assert list(plan.prepared) == ["cut", "learnt+teacher"]
    assert plan.prepared["cut"].layers == 6


def test_a_distillation_uses_checked_texts_of_its_training_sets(changed, wild):
    plan = changed(encoders={"cut": CUT, "all": {**CUT, "distilled": {}}}, batches=BATCHES, mining={})
    job, every = wild(encoder="cut"), wild(encoder="all")
    assert plan.encoders.distilling_pairs(job) == [
        "results/corpora/demo/en.parquet",
        "results/translations/demo/pt/pairs.parquet",
    ]
    assert plan.encoders.distilling_overlaps(job) == ["results/overlaps/small.json"]
    assert plan.encoders.distilling_pairs(every) == plan.corpora.trained_pairs
    assert plan.encoders.distilling_overlaps(every) == ["results/overlaps/both.json", "results/overlaps/small.json"]
    settings = DistillingSettings.model_validate(plan.encoders.distillation(job))
    assert (settings.steps, settings.query_length, settings.passage_length) == (5, 32, 256)
